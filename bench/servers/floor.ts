import { createServer } from 'node:http';

// The floor: reads the same request, answers the same bytes, does nothing.
const body = 'x'.repeat(Number(process.env['ANSWER_BYTES']));
const server = createServer((request, response) => {
  request.on('data', () => undefined);
  request.on('end', () => {
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'DPoP-Nonce': 'mfx0abcd.AAAAAAAAAAAAAAAAAAAAAA',
      'Content-Length': body.length,
    });
    response.end(body);
  });
});
server.listen(Number(process.env['PORT']), '127.0.0.1', () => console.log('ready'));
