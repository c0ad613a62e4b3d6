import { globSync, readFileSync } from 'node:fs';

import { readPage } from '../extension/facts/read.ts';
import { builtInRecipes } from '../extension/recipes/registry.ts';
import type { Customer, PageOrder } from '../shared/fact.ts';
import { parseDocument } from '../test/dom.ts';
import { shopPage, shopPages } from '../test/sites/shop.ts';
import { shopCustomers } from '../test/sites/customers.ts';

/** A page with what a person reads on it. */
interface Fixture {
  name: string;
  html: string;
  url: string;
  customer: Customer | null;
  /** Undefined where the fixture says nothing of orders. */
  order?: PageOrder | null | undefined;
}

/** How often a kind of fact was right, invented, and overlooked. */
export interface Score {
  kind: string;
  right: number;
  wrong: number;
  missed: number;
}

const identifiers = ['vatNumber', 'taxCode', 'euVatNumber', 'sdiCode', 'certifiedEmail', 'email'] as const;
const others = ['name', 'phone', 'street', 'postalCode', 'city', 'province', 'countryCode'] as const;

type Answers = Omit<Fixture, 'name' | 'html' | 'url'> & { url?: string };

const jsonOf = (file: string): Answers => JSON.parse(readFileSync(file, 'utf8')) as Answers; // fixtures of our own

/** Every fixture page, with its answers. */
export async function loadFixtures(): Promise<Fixture[]> {
  const files = globSync('test/vectors/{facts,recipes}/*.json').map((file): Fixture => {
    const { url = 'https://pagina.example.it/', customer, order } = jsonOf(file);
    const html = readFileSync(file.replace(/json$/, 'html'), 'utf8');
    return { name: file, html, url, customer, order };
  });
  const shop = Object.keys(shopPages).map(async (path) => ({
    name: `shop ${path}`,
    html: (await shopPage(path)) ?? '',
    url: `https://bottega.example.it${path}`,
    customer: shopCustomers[path] ?? null,
  }));
  return [...files, ...(await Promise.all(shop))];
}

/** Reads every fixture and compares. */
export function scoreFacts(fixtures: readonly Fixture[]): {
  scores: Score[];
  orders: { right: number; all: number };
} {
  const scores = new Map<string, Score>();
  const orders = { right: 0, all: 0 };
  const count = (kind: string, outcome: 'right' | 'wrong' | 'missed'): void => {
    const score = scores.get(kind) ?? { kind, right: 0, wrong: 0, missed: 0 };
    score[outcome] += 1;
    scores.set(kind, score);
  };
  for (const { html, url, customer, order } of fixtures) {
    const document = parseDocument(html);
    Object.defineProperty(document, 'location', { value: new URL(url) });
    const found = readPage(document, builtInRecipes);
    for (const kind of [...identifiers, ...others]) {
      const [is, shouldBe] = [found.customer?.[kind], customer?.[kind]];
      if (is !== undefined) count(kind, is === shouldBe ? 'right' : 'wrong');
      if (shouldBe !== undefined && is !== shouldBe) count(kind, 'missed');
    }
    if (order !== undefined && order !== null) {
      orders.all += 1;
      if (JSON.stringify(found.order) === JSON.stringify(order)) orders.right += 1;
    }
  }
  return { scores: [...scores.values()], orders };
}

/** Precision and recall over the kinds that identify somebody. */
export function identifierScore(scores: readonly Score[]): { precision: number; recall: number } {
  const own = scores.filter(({ kind }) => (identifiers as readonly string[]).includes(kind));
  const sum = (key: 'right' | 'wrong' | 'missed'): number => own.reduce((all, score) => all + score[key], 0);
  return {
    precision: sum('right') / (sum('right') + sum('wrong')),
    recall: sum('right') / (sum('right') + sum('missed')),
  };
}
