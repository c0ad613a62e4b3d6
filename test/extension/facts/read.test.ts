import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import { readPage } from '../../../extension/facts/read.ts';
import { Customer, Fact } from '../../../shared/fact.ts';
import { parseDocument } from '../../dom.ts';
import { shopCustomers } from '../../sites/customers.ts';
import { shopPage, shopPages } from '../../sites/shop.ts';

interface Expected {
  breaks: string;
  customer: Customer | null;
  anchor: string | null;
}

const read = (html: string) => readPage(parseDocument(html));

const folder = new URL('../../vectors/facts/', import.meta.url);
const cases = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => {
    const { breaks, customer, anchor } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Expected;
    const html = readFileSync(new URL(name.replace(/json$/, 'html'), folder), 'utf8');
    return { name: name.replace(/\.json$/, ''), html, breaks, customer, anchor };
  });

describe('otherwise', () => {
  it.each(cases)('$breaks ($name)', ({ html, customer, anchor }) => {
    const page = read(html);
    expect(page.customer).toEqual(customer);
    expect(page.anchor?.outerHTML.replace(/\s+/g, ' ') ?? null).toBe(anchor);
    if (page.customer !== null) expect(Customer.parse(page.customer)).toEqual(page.customer);
    for (const { element: _, ...fact } of page.facts) expect(Fact.parse(fact)).toEqual(fact);
  });
});

describe('a shop that invoices its orders', () => {
  it.each(Object.keys(shopPages))(
    'gets the one customer of %s, or none where there is none',
    async (path) => {
      const page = read((await shopPage(path)) ?? '');
      const expected = shopCustomers[path];
      expect(page.customer).toEqual(expected);
      expect(page.anchor === null).toBe(expected === null);
      if (expected) expect(page.anchor?.textContent).toContain(expected.name);
    },
  );

  it('finds no identifier at all among the numbers of its stock', async () => {
    const kinds = read((await shopPage('/inventario')) ?? '').facts.map((fact) => fact.kind);
    expect(kinds).not.toContain('partita-iva');
    expect(kinds).not.toContain('codice-fiscale');
  });
});

describe('a member on a heavy or broken page', () => {
  it('waits for no block of structured data beyond 256 KB', () => {
    const order = { '@type': 'Order', customer: { name: 'Mario Rossi', email: 'mario.rossi@example.it' } };
    const block = (padding: number): string =>
      `<script type="application/ld+json">${JSON.stringify({ ...order, padding: 'x'.repeat(padding) })}</script>`;
    expect(read(`<html><body>${block(1_000)}</body></html>`).customer?.name).toBe('Mario Rossi');
    expect(read(`<html><body>${block(300_000)}</body></html>`).customer).toBeNull();
  });

  it('is safe from structured data and elements nested a thousand deep', () => {
    const order = '{"@type":"Order","customer":{"name":"Mario Rossi","email":"mario.rossi@example.it"}}';
    const json = '{"a":'.repeat(1_000) + order + '}'.repeat(1_000);
    const text = `${'<div>'.repeat(1_000)}<p>P. IVA: 01234567897</p>${'</div>'.repeat(1_000)}`;
    const page = read(`<html><body><script type="application/ld+json">${json}</script>${text}</body></html>`);
    expect(page.facts.map((fact) => fact.value)).toEqual(['01234567897']);
    expect(page.customer).toBeNull();
  });

  it('is not kept waiting by a hundred thousand elements', () => {
    const start = performance.now();
    const page = read(
      `<html><body>${'<p>P. IVA</p>'.repeat(100_000)}<p>P. IVA: 01234567897</p></body></html>`,
    );
    expect(page.facts).toEqual([]);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('sees an empty document as a page about nobody', () => {
    expect(read('<html><body></body></html>')).toEqual({
      facts: [],
      customer: null,
      order: null,
      anchor: null,
      recipe: null,
      shadowRoots: [],
    });
  });
});
