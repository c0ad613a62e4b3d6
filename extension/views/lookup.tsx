import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { FailureReport } from '../../shared/failure.ts';
import type { ClientSummary, Product } from '../../shared/view/fatture-in-cloud.ts';
import { askFromView } from '../ask.ts';
import { money, text } from '../text.ts';
import { Notice } from './notice.tsx';

type Answer<Item> = { ok: true; value: Item[] } | { ok: false; failure: FailureReport };

interface LookupProps<Item> {
  id: string;
  title: string;
  label: string;
  none(query: string): string;
  find(query: string): Promise<Answer<Item>>;
  show(item: Item): ComponentChildren;
  onRemedy(remedy: string): void;
}

/** A folded search of one kind of thing. */
function Lookup<Item extends { id: number }>(props: LookupProps<Item>) {
  const { id, title, label, none, find, show, onRemedy } = props;
  const [query, setQuery] = useState('');
  const [items, setItems] = useState<Item[] | null>(null);
  const [failure, setFailure] = useState<FailureReport | null>(null);

  const search = async (): Promise<void> => {
    const answer = await find(query.trim());
    setItems(answer.ok ? answer.value : null);
    setFailure(answer.ok ? null : answer.failure);
  };

  return (
    <details id={id}>
      <summary>{title}</summary>
      <form
        class="row"
        role="search"
        aria-label={title}
        onSubmit={(event) => {
          event.preventDefault();
          if (query.trim().length >= 2) void search();
        }}
      >
        <input
          type="search"
          aria-label={label}
          placeholder={label}
          maxLength={200}
          value={query}
          onInput={(event) => {
            setQuery(event.currentTarget.value);
            setItems(null);
          }}
        />
        <button type="submit">{text('search_button')}</button>
      </form>
      <div aria-live="polite">
        {failure === null ? null : (
          <Notice
            failure={failure}
            onRemedy={(remedy) => (remedy === 'retry' ? void search() : onRemedy(remedy))}
          />
        )}
        {items?.length === 0 ? <p class="hint">{none(query)}</p> : null}
        <ul class="clients">
          {items?.map((item) => (
            <li key={item.id}>{show(item)}</li>
          ))}
        </ul>
      </div>
    </details>
  );
}

const euro = (amount: number | null): string => (amount === null ? '—' : money({ amount, currency: 'EUR' }));

/** Looks a product up: what it costs, and how many are there. */
export const Products = ({ onRemedy }: { onRemedy(remedy: string): void }) => (
  <Lookup<Product>
    id="products"
    title={text('products_title')}
    label={text('products_label')}
    none={(query) => text('products_none', query)}
    find={async (query) => {
      const answer = await askFromView('product.find', { query });
      return answer.ok ? { ok: true, value: answer.value.products } : answer;
    }}
    show={({ name, code, net, gross, rate, stock }) => (
      <>
        <strong>{[code, name].filter((part) => part !== null).join(' · ')}</strong>
        <span>{text('product_price', euro(net), euro(gross), rate === null ? '—' : String(rate))}</span>
        {stock === null ? null : <span>{text('product_stock', String(stock))}</span>}
      </>
    )}
    onRemedy={onRemedy}
  />
);

/** Looks a supplier up. */
export const Suppliers = ({ onRemedy }: { onRemedy(remedy: string): void }) => (
  <Lookup<ClientSummary>
    id="suppliers"
    title={text('suppliers_title')}
    label={text('search_hint')}
    none={(query) => text('suppliers_none', query)}
    find={async (query) => {
      const answer = await askFromView('supplier.find', { query });
      return answer.ok ? { ok: true, value: answer.value.suppliers } : answer;
    }}
    show={({ name, vatNumber, email, city }) => (
      <>
        <strong>{name}</strong>
        <span>
          {[vatNumber === null ? null : text('client_vat', vatNumber), email, city]
            .filter((part) => part !== null)
            .join(' · ')}
        </span>
      </>
    )}
    onRemedy={onRemedy}
  />
);
