// The processes of the local stack: paused, killed, and seen to come back.

import { readFileSync } from 'node:fs';
import { until } from '../stage.mjs';

const { STACK_PID_DIR, ...settings } = process.env;

const pidOf = (name, file = 'pid') => Number(readFileSync(`${STACK_PID_DIR}/${name}.${file}`, 'utf8'));
const isReady = (name) =>
  fetch(`${settings[`${name.toUpperCase()}_URL`]}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );

/** Does something while a service is paused. */
export async function whilePaused(name, act) {
  const pid = pidOf(name);
  process.kill(pid, 'SIGSTOP');
  try {
    return await act();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

/** Does something while there is no process of a service: connections to it are refused. */
export async function whileDown(name, act) {
  const supervisor = pidOf(name, 'group');
  process.kill(supervisor, 'SIGSTOP');
  try {
    process.kill(pidOf(name), 'SIGKILL');
    await until(async () => !(await isReady(name)), `the end of ${name}`);
    return await act();
  } finally {
    process.kill(supervisor, 'SIGCONT');
    await until(() => isReady(name), `${name} to be back`);
  }
}

/** Kills a service and waits until its supervisor has started it again. */
export async function restart(name) {
  const killed = pidOf(name);
  process.kill(killed, 'SIGKILL');
  await until(async () => pidOf(name) !== killed && (await isReady(name)), `${name} to be back`);
}
