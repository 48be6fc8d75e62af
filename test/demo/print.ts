export const print = (text: string): void => void process.stdout.write(`${text}\n`);
export const step = (text: string): void => print(`\n-- ${text}`);
