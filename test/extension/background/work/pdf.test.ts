import type { RequestListener } from 'node:http';
import { expect, it } from 'vitest';
import { browser } from '../browser.ts';
import { serveOnLoopback } from '../../../loopback.ts';
import { readPdf } from '../../../../extension/background/work/pdf.ts';

const pdf = Buffer.from('%PDF-1.7 fattura');

const enable = (...sites: string[]): Promise<void> => browser.storage.local.set({ sites });
const sendOn = (to: string): Promise<string> =>
  serveOnLoopback((_, response) => response.writeHead(302, { Location: to }).end());

it('a PDF of an enabled site is read, by way of another enabled one too', async () => {
  const there = await serveOnLoopback((_, response) => response.end(pdf));
  const here = await sendOn(`${there}/archivio/F-17`);
  await enable(here, there);
  const { name, file } = await readPdf(`${here}/f/F%2017.pdf`);
  expect([name, Buffer.from(await file.arrayBuffer())]).toEqual(['F-2017.pdf', pdf]);
});

it('an enabled site that sends us on to one that is not has nothing read there: what it could make a member register is not its own', async () => {
  const there = await serveOnLoopback((_, response) => response.end(pdf));
  const here = await sendOn(`${there}/api/secret.pdf`);
  await enable(here);
  await expect(readPdf(`${here}/f/F-17.pdf`)).rejects.toMatchObject({ code: 'site-not-allowed' });
  await expect(readPdf(`${there}/api/secret.pdf`)).rejects.toMatchObject({ code: 'site-not-allowed' });
});

it.each<[string, RequestListener]>([
  ['a page', (_, response) => response.end('<p>no</p>')],
  ['a refusal', (_, response) => response.writeHead(403).end(pdf)],
  ['a broken line', (request) => request.socket.destroy()],
])('%s in place of the PDF is told at the link', async (_, answer) => {
  const here = await serveOnLoopback(answer);
  await enable(here);
  await expect(readPdf(`${here}/f/F-17.pdf`)).rejects.toMatchObject({
    code: 'request-invalid',
    fields: ['link'],
  });
});
