/** `https`, or `http` within this machine; never with a user name or a fragment. */
const safeUrl =
  /^(?:https:\/\/[a-z0-9.-]+|http:\/\/(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\]))(?::\d{1,5})?(?:\/[\x21-\x7e]*)?$/i;

/** Whether `url` may carry secrets: `https`, or `http` within this machine; never with a user name or a fragment. */
export function isSafeUrl(url: string): boolean {
  return safeUrl.test(url) && !url.includes('#') && !url.includes('\\');
}
