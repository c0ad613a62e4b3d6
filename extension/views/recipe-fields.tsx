import type { FactKind } from '../../shared/fact-kind.ts';
import type { Field, Recipe } from '../../shared/recipe.ts';
import { language, money, text, type TextKey } from '../text.ts';
import { withField, withMatch, withOrderField, withRows } from './recipe-draft.ts';
import type { pickIn, RecipePreview } from './recipe-tool.ts';

const customerFields = [
  ['company-name', 'kind_company_name'],
  ['person-name', 'kind_person_name'],
  ['partita-iva', 'field_vat_number'],
  ['codice-fiscale', 'field_tax_code'],
  ['sdi-code', 'field_ei_code'],
  ['pec', 'field_certified_email'],
  ['e-mail', 'field_email'],
  ['phone', 'field_phone'],
  ['street', 'field_address_street'],
  ['postal-code', 'field_address_postal_code'],
  ['city', 'field_address_city'],
  ['province', 'field_address_province'],
] as const satisfies ReadonlyArray<readonly [FactKind, TextKey]>;

const lineFields = [
  ['description', 'field_description'],
  ['quantity', 'kind_quantity'],
  ['unit-price', 'kind_unit_price'],
  ['line-total', 'kind_line_total'],
  ['vat-rate', 'field_vat'],
] as const satisfies ReadonlyArray<readonly [keyof NonNullable<Recipe['order']>['fields'], TextKey]>;

const wholeFields = [
  ['number', 'kind_order_number'],
  ['tax', 'order_tax'],
  ['total', 'order_total'],
] as const satisfies ReadonlyArray<readonly [keyof NonNullable<Recipe['order']>['whole'], TextKey]>;

/** Props of the fields of a recipe. */
export interface RecipeFieldsProps {
  recipe: Recipe;
  /** Facts that the recipe finds on the chosen page; null while no page is open. */
  preview: RecipePreview | null;
  onChanged(recipe: Recipe): void;
  /** Lets the member point at the page, and puts the selector of the chosen element to use. */
  onPoint(wanted: Parameters<typeof pickIn>[1], use: (selector: string) => Recipe): Promise<void>;
}

/** Name, pages, customer and order of a recipe, each field with what it finds on the open page. */
export function RecipeFields({ recipe, preview, onChanged, onPoint }: RecipeFieldsProps) {
  return (
    <>
      <label for="recipe-name">{text('recipe_name')}</label>
      <input
        id="recipe-name"
        type="text"
        maxLength={80}
        value={recipe.name[language()]}
        onInput={(event) =>
          onChanged({ ...recipe, name: { it: event.currentTarget.value, en: event.currentTarget.value } })
        }
      />
      <Where recipe={recipe} onChanged={onChanged} />
      {preview?.fits === false ? <p role="status">{text('recipe_not_here')}</p> : null}
      <h3>{text('recipe_customer')}</h3>
      {customerFields.map(([kind, label]) => (
        <PickRow
          key={kind}
          id={`recipe-${kind}`}
          label={text(label)}
          field={recipe.customer?.fields[kind]}
          found={preview?.facts.find((fact) => fact.kind === kind)?.value}
          onChanged={(select) => onChanged(withField(recipe, kind, select))}
          onPick={() => void onPoint({ kind: 'one' }, (select) => withField(recipe, kind, select))}
        />
      ))}
      <h3>{text('recipe_order')}</h3>
      <PickRow
        id="recipe-rows"
        label={text('recipe_rows')}
        field={recipe.order === undefined ? undefined : { select: recipe.order.line }}
        found={
          preview?.order == null ? undefined : text('recipe_rows_found', String(preview.order.lines.length))
        }
        onChanged={(select) => onChanged(withRows(recipe, select))}
        onPick={() => void onPoint({ kind: 'rows' }, (select) => withRows(recipe, select))}
      />
      {recipe.order === undefined ? null : (
        <Order
          recipe={recipe}
          order={recipe.order}
          preview={preview}
          onChanged={onChanged}
          onPoint={onPoint}
        />
      )}
    </>
  );
}

/** Host and path of the recipe's pages; other conditions are edited in the JSON. */
function Where({ recipe, onChanged }: { recipe: Recipe; onChanged(recipe: Recipe): void }) {
  const parts = 'all' in recipe.match ? recipe.match.all : [recipe.match];
  const host = parts.find((part) => 'host' in part)?.host;
  const path = parts.find((part) => 'path' in part)?.path;
  if (host === undefined || path === undefined) return <p class="hint">{text('recipe_where_json')}</p>;
  return (
    <div class="row">
      <label>
        {text('recipe_host')}
        <input
          type="text"
          value={host}
          onInput={(event) => onChanged(withMatch(recipe, { host: event.currentTarget.value, path }))}
        />
      </label>
      <label>
        {text('recipe_path')}
        <input
          type="text"
          value={path}
          onInput={(event) => onChanged(withMatch(recipe, { host, path: event.currentTarget.value }))}
        />
      </label>
    </div>
  );
}

interface OrderProps extends RecipeFieldsProps {
  order: NonNullable<Recipe['order']>;
}

function Order({ recipe, order, preview, onChanged, onPoint }: OrderProps) {
  const found = preview?.order ?? null;
  const [line] = found?.lines ?? [];
  const euro = (amount: number | null | undefined): string | undefined =>
    amount == null
      ? undefined
      : money({ amount: Math.round(amount / 1_000), currency: found?.currency ?? 'EUR' });
  const first: Record<(typeof lineFields)[number][0], string | undefined> = {
    description: line?.description,
    quantity: line === undefined ? undefined : String(line.quantity),
    'unit-price': euro(line?.unitPrice),
    'line-total': euro(line?.total),
    'vat-rate': line?.vatRate == null ? undefined : `${line.vatRate} %`,
  };
  const whole: Record<(typeof wholeFields)[number][0], string | undefined> = {
    number: found?.number ?? undefined,
    tax: euro(found?.tax),
    total: euro(found?.total),
  };
  const [rows = ''] = order.line;
  return (
    <>
      {lineFields.map(([name, label]) => (
        <PickRow
          key={name}
          id={`recipe-line-${name}`}
          label={text(label)}
          field={order.fields[name]}
          found={first[name]}
          onChanged={(select) => onChanged(withOrderField(recipe, 'fields', name, select))}
          onPick={() =>
            void onPoint({ kind: 'in-row', rows }, (select) => withOrderField(recipe, 'fields', name, select))
          }
        />
      ))}
      {wholeFields.map(([name, label]) => (
        <PickRow
          key={name}
          id={`recipe-whole-${name}`}
          label={text(label)}
          field={order.whole[name]}
          found={whole[name]}
          onChanged={(select) => onChanged(withOrderField(recipe, 'whole', name, select))}
          onPick={() =>
            void onPoint({ kind: 'one' }, (select) => withOrderField(recipe, 'whole', name, select))
          }
        />
      ))}
      <label for="recipe-vat">{text('recipe_vat')}</label>
      <select
        id="recipe-vat"
        value={String(order.includesVat)}
        onChange={(event) => {
          const { value } = event.currentTarget;
          onChanged({
            ...recipe,
            order: { ...order, includesVat: value === 'null' ? null : value === 'true' },
          });
        }}
      >
        <option value="null">{text('recipe_vat_sums')}</option>
        <option value="false">{text('recipe_vat_without')}</option>
        <option value="true">{text('recipe_vat_with')}</option>
      </select>
    </>
  );
}

interface PickRowProps {
  id: string;
  label: string;
  field: Field | undefined;
  /** Text found on the open page. */
  found: string | undefined;
  onChanged(select: string): void;
  onPick(): void;
}

/** One field of a recipe: its selector, and the text found there now. */
function PickRow({ id, label, field, found, onChanged, onPick }: PickRowProps) {
  return (
    <div class="pick">
      <label for={id}>{label}</label>
      <div class="row">
        <input
          id={id}
          type="text"
          spellcheck={false}
          value={field?.select[0] ?? ''}
          onInput={(event) => onChanged(event.currentTarget.value)}
        />
        <button type="button" class="secondary" aria-label={text('recipe_pick_of', label)} onClick={onPick}>
          {text('recipe_pick')}
        </button>
      </div>
      {field === undefined ? null : (
        <p class="hint" data-found={id}>
          {found === undefined ? text('recipe_finds_nothing') : text('recipe_finds', found)}
        </p>
      )}
    </div>
  );
}
