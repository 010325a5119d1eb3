// What a station of any package has in common here: it is told what to say by lines of JSON on stdin, and tells by
// lines on stdout what came. In: [number, action, payload]. Out: ["open"], ["result", number, payload],
// ["error", number, code], ["heard", action, payload], ["wrong", text].
import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';

export const asked = JSON.parse(process.argv[2]);

export const read = (path) => (path ? readFileSync(path, 'utf8') : undefined);

export const tell = (...line) => console.log(JSON.stringify(line));

export const answerTo = (action, payload) => {
  tell('heard', action, payload);
  return asked.answers[action] ?? { status: 'Accepted' };
};

// `call(action, payload)` resolves with the result, or rejects with what `codeOf` finds a code in.
export async function speak(call, codeOf) {
  tell('open');
  for await (const line of createInterface({ input: process.stdin })) {
    const [number, action, payload] = JSON.parse(line);
    call(action, payload).then(
      (result) => tell('result', number, result),
      (error) => tell('error', number, codeOf(error)),
    );
  }
  process.exit(0);
}
