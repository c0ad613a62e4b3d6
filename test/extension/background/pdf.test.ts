import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { fakeBrowser } from 'wxt/testing/fake-browser';

vi.mock('wxt/browser', () => ({ browser: fakeBrowser }));

const { readPdf } = await import('../../../extension/background/pdf.ts');

beforeEach(() => {
  fakeBrowser.reset();
  // The browser lets us read every host: what is asked here is what the member has switched on.
  fakeBrowser.permissions.contains = async () => true;
});

const pdf = Buffer.from('%PDF-1.7 fattura');

/** A site on a port of its own; its origin. */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

const enable = (...sites: string[]): Promise<void> => fakeBrowser.storage.local.set({ sites });
const sendOn = (to: string): Promise<string> =>
  serve((_, response) => response.writeHead(302, { Location: to }).end());

it('a PDF of an enabled site is read, by way of another enabled one too', async () => {
  const there = await serve((_, response) => response.end(pdf));
  const here = await sendOn(`${there}/archivio/F-17`);
  await enable(here, there);
  const { name, file } = await readPdf(`${here}/f/F%2017.pdf`);
  expect([name, Buffer.from(await file.arrayBuffer())]).toEqual(['F-2017.pdf', pdf]);
});

it('an enabled site that sends us on to one that is not has nothing read there: what it could make a member register is not its own', async () => {
  const there = await serve((_, response) => response.end(pdf));
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
  const here = await serve(answer);
  await enable(here);
  await expect(readPdf(`${here}/f/F-17.pdf`)).rejects.toMatchObject({
    code: 'request-invalid',
    fields: ['link'],
  });
});
