/**
 * The one door to the browser's extension API, through `webextension-polyfill` (which `wxt/browser` is an alias of).
 *
 * Tests replace this module; nothing else in the extension imports the API.
 */
export { browser } from 'wxt/browser';
