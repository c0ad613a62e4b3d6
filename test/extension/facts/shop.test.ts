import { expect, it } from 'vitest';
import { shopPages, startShop } from '../../sites/shop.ts';

it('a tester who starts the shop can open each of its pages, and nothing is left running', async () => {
  const shop = await startShop();
  const { port } = new URL(shop.origin);
  expect(shop.origin).toBe(`http://bottega.localhost:${port}`);
  for (const path of [...Object.keys(shopPages), '/shop.css']) {
    expect((await fetch(`http://127.0.0.1:${port}${path}`)).status, path).toBe(200);
  }
  expect((await fetch(`http://127.0.0.1:${port}/altrove`)).status).toBe(404);
  await shop.close();
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
});
