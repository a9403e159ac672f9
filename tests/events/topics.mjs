// Everything that is on topics, from their beginning.

import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';

const kafka = new Kafka({
  clientId: 'reader',
  brokers: process.env.KAFKA_BROKERS.split(','),
  logLevel: logLevel.ERROR,
});

export class Topics {
  records = [];
  #group = `reader-${randomUUID()}`;
  #consumer = kafka.consumer({ groupId: this.#group });
  #admin = kafka.admin();
  #topics;
  /** The offset that comes next, by partition. */
  #next = new Map();

  static async read(topics) {
    const reader = new Topics();
    reader.#topics = topics;
    await reader.#admin.connect();
    await reader.#consumer.connect();
    await reader.#consumer.subscribe({ topics, fromBeginning: true });
    await reader.#consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => {
        const text = (value) => value?.toString();
        const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, text(value)]));
        reader.records.push({ topic, partition, offset: message.offset, key: text(message.key), headers, value: text(message.value) });
        reader.#next.set(`${topic} ${partition}`, BigInt(message.offset) + 1n);
      },
    });
    return reader;
  }

  /** Where the topics end now. */
  async ends() {
    const offsets = this.#topics.map(async (topic) => {
      const partitions = await this.#admin.fetchTopicOffsets(topic);
      return partitions.map(({ partition, low, high }) => ({ at: `${topic} ${partition}`, low: BigInt(low), high: BigInt(high) }));
    });
    return (await Promise.all(offsets)).flat();
  }

  /** Whether all is read up to there. */
  hasReached(ends) {
    return ends.every(({ at, low, high }) => low === high || (this.#next.get(at) ?? 0n) >= high);
  }

  async close() {
    await this.#consumer.disconnect();
    await this.#admin.deleteGroups([this.#group]);
    await this.#admin.disconnect();
  }
}
