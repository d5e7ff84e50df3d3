// A browser, and programs to look at.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--host-resolver-rules=MAP console.test 127.0.0.1'];

export const launch = () => chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGUMENTS });

/** A program that prints its console's URL first, and answers a line with a line. */
export class Program {
  static async start(path, ...args) {
    const program = new Program();
    program.process = spawn(path, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    // Also when this ends otherwise than it should.
    program.kill = () => program.process.kill('SIGKILL');
    process.once('exit', program.kill);
    program.lines = createInterface({ input: program.process.stdout })[Symbol.asyncIterator]();
    program.url = await program.line();
    return program;
  }

  async line() {
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`${this.process.spawnfile} has ended`);
    return value;
  }

  async tell(text) {
    this.process.stdin.write(`${text}\n`);
    return this.line();
  }

  async stop() {
    const ended = new Promise((resolve) => { this.process.once('exit', resolve); });
    this.kill();
    await ended;
    process.off('exit', this.kill);
  }
}
