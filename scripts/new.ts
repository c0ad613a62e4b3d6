import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { toolArgs } from './tool.ts';

// `npm run new -- recipe|provider NAME`: writes a skeleton, its line in the registry, and a test that fails until the skeleton is filled in.

/** A refusal in one sentence. */
class Refused extends Error {}

/** Files to write, by path, and the registry that gets a line. */
interface Skeleton {
  files: Readonly<Record<string, string>>;
  registry: string;
  /** The registry's text with the new part in it. */
  register(text: string): string;
  /** The first step of the person who asked for it. */
  next: string;
}

const camelCase = (id: string): string =>
  id.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
const titleOf = (id: string): string => id[0]?.toUpperCase() + id.slice(1).replaceAll('-', ' ');
const json = (value: unknown): string => JSON.stringify(value, null, 2);

/** Puts `line` before `mark`, which the text has. */
function insertBefore(text: string, mark: string, line: string): string {
  if (!text.includes(mark)) throw new Refused(`The registry has no “${mark.trim()}”: add the line by hand.`);
  return text.replace(mark, () => line + mark);
}

function recipe(id: string): Skeleton {
  const variable = camelCase(id);
  const page = `test/vectors/recipes/${id}`;
  return {
    files: {
      [`extension/recipes/${id}.json`]: json({
        recipe: 1,
        id,
        name: { it: titleOf(id), en: titleOf(id) },
        match: { host: `${id}.example` },
        customer: {
          root: ['.todo-root'],
          fields: { 'company-name': { select: ['.todo-name'] }, 'e-mail': { select: ['.todo-e-mail'] } },
        },
      }),
      [`${page}.html`]: `<!doctype html>
<html lang="it">
  <body>
    <section class="cliente">
      <p class="ragione">Officine Bianchi S.r.l.</p>
      <p class="posta">amministrazione@bianchi.example</p>
    </section>
  </body>
</html>
`,
      [`${page}.json`]: json({
        url: `https://${id}.example/clienti/1`,
        customer: {
          type: 'company',
          name: 'Officine Bianchi S.r.l.',
          email: 'amministrazione@bianchi.example',
        },
        recipe: id,
        order: null,
      }),
    },
    registry: 'extension/recipes/registry.ts',
    register: (text) =>
      insertBefore(
        insertBefore(
          text,
          '\n/** The recipes',
          `import ${variable} from './${id}.json' with { type: 'json' };\n`,
        ),
        // The most particular come first, and one of a single host is as particular as can be.
        text.slice(text.indexOf('= [') + 3, text.indexOf('].map')),
        `${variable}, `,
      ),
    next: `Put a page of the site into ${page}.html and the selectors into the recipe; npm test -- test/extension/facts/recipe.test.ts fails until they fit.`,
  };
}

function provider(id: string): Skeleton {
  const variable = camelCase(id);
  const test = `test/shared/providers/${id}.test.ts`;
  return {
    files: {
      [`shared/providers/${id}.ts`]: `import type { Provider } from '../provider.ts';

/**
 * ${titleOf(id)}.
 *
 * @see the provider's documentation of OAuth
 */
export const ${variable}: Provider = {
  id: '${id}',
  name: '${titleOf(id)}',
  origin: 'https://todo.example',
  authorizationEndpoint: '/oauth/authorize',
  tokenEndpoint: '/oauth/token',
  tokenRequest: 'form',
  revocationEndpoint: null,
  deviceAuthorizationEndpoint: null,
  clientAuthentication: 'client_secret_basic',
  methods: ['authorization-code'],
  methodsOnRequest: [],
  device: null,
  manualToken: null,
  pkce: true,
  issuer: null,
  tokens: {
    accessPrefix: '',
    refreshPrefix: '',
    codePrefix: '',
    codeSeconds: 60,
    accessSeconds: 3_600,
    refreshIdleSeconds: null,
    rotates: true,
  },
  quotas: [],
  cache: [],
  timeline: null,
  idempotencyKeys: false,
  webhooks: null,
  // No token leaves the relay until the provider is known to allow it.
  accessMode: 'brokered',
  revocationSteps: { it: 'todo', en: 'todo' },
  scopes: [],
};
`,
      [test]: `import { expect, it } from 'vitest';
import { ${variable} } from '../../../shared/providers/${id}.ts';

it('${id}: every address and sentence is the provider’s own', () => {
  expect(JSON.stringify(${variable})).not.toMatch(/todo/);
});

it('${id}: it has scopes to ask for, each said in both languages', () => {
  expect(${variable}.scopes).not.toEqual([]);
  for (const { name, meaning } of ${variable}.scopes) expect(meaning.it, name).not.toBe(meaning.en);
});
`,
    },
    registry: 'shared/providers/registry.ts',
    register: (text) =>
      insertBefore(
        insertBefore(text, '\n/** Every provider', `import { ${variable} } from './${id}.ts';\n`),
        '].map(',
        `, ${variable}`,
      ),
    next: `Fill in shared/providers/${id}.ts and name its settings in docs/settings.md; npm test -- ${test} fails until it is done.`,
  };
}

function skeletonOf(kind: string | undefined, id: string | undefined): Skeleton {
  if (kind === 'action')
    throw new Refused('An action is not made by this command: docs/adding.md has its steps.');
  if ((kind !== 'recipe' && kind !== 'provider') || id === undefined)
    throw new Refused('Say what is new: npm run new -- recipe NAME, or npm run new -- provider NAME.');
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(id) || id.length < 2 || id.length > 40)
    throw new Refused(
      `“${id}” is no name: 2 to 40 lower-case letters, digits and single hyphens, such as our-shop.`,
    );
  return kind === 'recipe' ? recipe(id) : provider(id);
}

try {
  const { files, registry, register, next } = skeletonOf(process.argv[2], process.argv[3]);
  const taken = Object.keys(files).find((file) => existsSync(file));
  if (taken !== undefined) throw new Refused(`${taken} is there already: take another name.`);
  const registered = register(readFileSync(registry, 'utf8'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  writeFileSync(registry, registered);
  const written = [...Object.keys(files), registry];
  spawnSync(process.execPath, toolArgs('prettier', '--write', '--log-level=warn', ...written), {
    stdio: 'inherit',
  });
  console.log([...written, next].join('\n'));
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  console.error(`✗ ${error.message}`);
  process.exitCode = 1;
}
