// The playground as a person uses it: tabs, editors, the button that runs the operation.

export class PlaygroundPage {
  /** Every address that the page asked for, WebSockets too. */
  requests = [];
  /** What went wrong in the page: exceptions, and what the browser complained about. */
  complaints = [];
  /** The WebSocket messages, each { sent } or { received }. */
  messages = [];

  constructor(page) {
    this.page = page;
    page.on('request', (request) => this.requests.push(request.url()));
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && this.complaints.push(message.text()));
    page.on('websocket', (socket) => {
      this.requests.push(socket.url());
      socket.on('framesent', ({ payload }) => this.messages.push({ sent: JSON.parse(payload) }));
      socket.on('framereceived', ({ payload }) => this.messages.push({ received: JSON.parse(payload) }));
    });
  }

  /** Opens `/` in another tab of the browser, and waits until its editors and the schema are there. */
  static async open(context, url) {
    const playground = new PlaygroundPage(await context.newPage());
    const schema = playground.page.waitForResponse((response) => new URL(response.url()).pathname === '/graphql');
    await playground.page.goto(url);
    await schema;
    await playground.page.getByRole('region', { name: 'Result Window' }).getByRole('textbox').waitFor({ state: 'attached' });
    return playground;
  }

  async choose(tab) {
    await this.page.getByRole('tab', { name: tab }).getByRole('button', { name: tab, exact: true }).click();
  }

  /** Replaces what the editor `Variables` or `Headers` holds. By pasting: what is typed, the editor completes. */
  async write(editor, value) {
    await this.page.getByRole('button', { name: editor, exact: true }).click();
    await this.page.getByRole('region', { name: editor }).getByRole('textbox').focus();
    await this.page.evaluate((text) => navigator.clipboard.writeText(text), JSON.stringify(value, null, 2));
    await this.page.keyboard.press('ControlOrMeta+A');
    await this.page.keyboard.press('ControlOrMeta+V');
  }

  /** Runs the operation of the chosen tab and returns its first answer that fits. */
  async run(fits = () => true) {
    await this.start();
    return this.answer(fits);
  }

  async start() {
    await this.page.getByRole('button', { name: /^Execute query/ }).click();
  }

  async answer(fits = () => true) {
    return until(async () => {
      const answer = await this.read('response');
      return answer && fits(answer) ? answer : undefined;
    }, 'an answer in the result window');
  }

  /** What an editor holds: `variables`, `request-headers` or `response`. The page draws only the part in view. */
  async read(editor) {
    const text = await this.page.evaluate(
      (file) => globalThis.__MONACO.editor.getModels().find(({ uri }) => uri.path.endsWith(`-${file}.json`)).getValue(),
      editor,
    );
    return text === '' ? undefined : JSON.parse(text);
  }

  /** Waits for a WebSocket message. */
  async message(fits, what) {
    return until(() => this.messages.find(fits), what);
  }
}

async function until(look, what) {
  const end = Date.now() + 20_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`waited 20 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
