import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Question {
  readonly template: string;
  /** The context, as a text of JSON. */
  readonly json: string;
  readonly templates?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly expected?: string;
  readonly error?: { readonly type: string; readonly message: string; readonly lineno: number };
}

/** Python's Jinja2 as a process that answers batches of templates. */
export class Python {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: AsyncIterator<string>;

  constructor() {
    const script = new URL('../../../../test/template/oracle.py', import.meta.url);
    this.child = spawn('/usr/bin/python3', ['-W', 'ignore', fileURLToPath(script)]);
    this.child.stderr.pipe(process.stderr);
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async ask(questions: readonly Question[]): Promise<Answer[]> {
    for (const question of questions) this.child.stdin.write(`${JSON.stringify(question)}\n`);
    const answers: Answer[] = [];
    for (const _ of questions) {
      const { value, done } = await this.lines.next();
      if (done) throw new Error('the oracle ended; is python3-jinja2 installed?');
      answers.push(JSON.parse(value));
    }
    return answers;
  }

  close(): void {
    this.child.stdin.end();
  }
}
