import { defineConfig } from 'wxt';
import { chromeManagedSchema } from './extension/managed.ts';
import { repack } from './scripts/pack.ts';

/** Public half of the key that fixes the Chrome extension's id, and with it the redirect URL, on every machine. */
const chromePublicKey =
  'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAn1o+goWbMY0PmTBTfSLTFwMwnWQVddj5+IrOwR42StJJ5MdtRQLd573gscgf+IL5asYzeVHREuyolU6x0qT8u2ouvrJ7/u7EcVXjXohKp4eRqkt6V3We90MOv1DOZ776AAqYmyTotQw8MEkL7ryzMHInohhOdLsb7CoTEuQ09wOh7Ti39A6PRevg8BsuHbPledFCpwLQR0kfmhJFjR1lvqWHFfY0OwyU7Zi6rcZO78kublFPFEkyF1Bv7HcILB7cYZbTHf58rHreXesVCgxxhlto1wlFWrZcDXLT9tR/gG2ZUaCedFp6VFJDhAE6OAyqIs64nNMEmMDQPISjdO2wzwIDAQAB';

/** Where Chrome finds what an organisation can set by policy. */
const managedSchema = 'managed-schema.json';

const https = 'https://*/*';
const loopback = ['http://127.0.0.1/*', 'http://localhost/*', 'http://*.localhost/*'];

export default defineConfig({
  srcDir: 'extension',
  publicDir: 'extension/public',
  outDir: 'dist',
  outDirTemplate: '{{browser}}-mv{{manifestVersion}}{{modeSuffix}}',
  imports: false,
  manifestVersion: 3,
  modules: ['@wxt-dev/webextension-polyfill'],
  webExt: { disabled: true },
  // Stored: `repack` compresses.
  zip: { compressionLevel: 0 },
  hooks: {
    'build:publicAssets': ({ config }, files) => {
      if (config.browser === 'chrome')
        files.push({ relativeDest: managedSchema, contents: chromeManagedSchema() });
    },
    'zip:extension:done': (_, file) => repack(file, true),
    'zip:sources:done': (_, file) => repack(file, false),
    // Content scripts need no polyfill: the two calls they make give promises in both browsers, and a page waits for them.
    'vite:build:extendConfig': (entrypoints, config) => {
      if (!entrypoints.some(({ type }) => type === 'content-script')) return;
      config.resolve = { ...config.resolve, alias: { 'wxt/browser': '@wxt-dev/browser' } };
    },
  },
  vite: () => ({ oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } } }),
  manifest: ({ browser, mode }) => ({
    name: '__MSG_extensionName__',
    description: '__MSG_extensionDescription__',
    default_locale: 'en',
    // Notifications are asked for from who wants to be told of something; no script can press that question.
    permissions: [
      ...(['activeTab', 'alarms', 'contextMenus', 'identity', 'scripting', 'storage'] as const),
      ...(mode === 'sandbox' ? (['notifications'] as const) : []),
    ],
    optional_permissions: mode === 'sandbox' ? [] : ['notifications'],
    // The provider's API, called with a grant. In sandbox mode it and the relay are on loopback.
    host_permissions: mode === 'sandbox' ? ['http://127.0.0.1/*'] : ['https://api-v2.fattureincloud.it/*'],
    // The team's relay and the sites a member enables, each asked for on click.
    optional_host_permissions: mode === 'sandbox' ? [https, ...loopback] : [https],
    action: { default_title: 'Staffetta' },
    commands: { _execute_action: { suggested_key: { default: 'Alt+Shift+F' } } },
    omnibox: { keyword: 'fic' },
    content_security_policy: {
      extension_pages: [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        // The team's relay may be anywhere; which addresses may really be reached, the permissions say.
        `connect-src https:${mode === 'sandbox' ? ' http:' : ''}`,
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
    },
    ...(browser === 'firefox'
      ? {
          browser_specific_settings: {
            gecko: {
              id: 'staffetta@staffetta.invalid',
              strict_min_version: '142.0',
              // What each of them is: docs/store/listing.en.md.
              data_collection_permissions: {
                required: [
                  'authenticationInfo',
                  'browsingActivity',
                  'financialAndPaymentInfo',
                  'personalCommunications',
                  'personallyIdentifyingInfo',
                  'searchTerms',
                  'websiteContent',
                ],
              },
            },
          },
        }
      : {
          key: chromePublicKey,
          minimum_chrome_version: '137',
          externally_connectable: { ids: [] },
          storage: { managed_schema: managedSchema },
        }),
  }),
});
