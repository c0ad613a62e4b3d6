/** What a document made of an order on a page is about: by this it is found again, so no two orders may share one. */
export const orderSubject = (name: string, host: string): string => `${name} · ${host}`;

/**
 * What a document made of another one is about.
 *
 * One that was made of an order on a page keeps the order's name, so that an order has one invoice whichever way it comes
 * to it. What a person has written may stand on several documents: the original's id tells them apart.
 */
export function convertedSubject({
  id,
  type,
  number,
  subject,
}: {
  id: number;
  type: string;
  number: string;
  subject: string;
}): string {
  if (/\S · [a-z0-9.-]+(?::\d+)?$/.test(subject)) return subject;
  const own = subject.replace(/ ← \d+$/, '');
  return `${own === '' ? `${type} ${number}` : own} ← ${id}`;
}
