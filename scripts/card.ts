import type { CDPSession, Page } from 'playwright';

interface DomNode {
  nodeId: number;
  nodeName: string;
  nodeValue: string;
  attributes?: string[];
  children?: DomNode[];
  shadowRoots?: DomNode[];
  contentDocument?: DomNode;
}

/** The chip and card on a page, reached through the debugger: their shadow root is closed even to tests. */
export interface PageCard {
  /** Text of the card, a space between elements; empty while there is none. */
  text(): Promise<string>;
  /** HTML of chip and card, style included. */
  html(): Promise<string>;
  /** Waits until the card's text contains `part`. */
  waitFor(part: string): Promise<void>;
  /** Waits for the chip. */
  waitForChip(): Promise<void>;
  hasChip(): Promise<boolean>;
  /** Presses the button whose text or label contains `label`, with the mouse, `count` times. */
  press(label: string, count?: number): Promise<void>;
  /** Points where that button is now; answers a press there, whatever is there by then. */
  aim(label: string): Promise<(count?: number) => Promise<void>>;
  /** Scrolls to the last button. */
  showEnd(): Promise<void>;
  /** Chooses what begins with `text` in the card's one list, by keyboard. */
  choose(text: string): Promise<void>;
}

const hostName = 'STAFFETTA-CHIP';
const deadlineMs = 15_000;

const find = (node: DomNode, test: (node: DomNode) => boolean): DomNode[] => [
  ...(test(node) ? [node] : []),
  ...[
    ...(node.shadowRoots ?? []),
    ...(node.children ?? []),
    ...(node.contentDocument === undefined ? [] : [node.contentDocument]),
  ].flatMap((child) => find(child, test)),
];

const textOf = (node: DomNode): string =>
  node.nodeName === 'STYLE'
    ? ''
    : [node.nodeValue, ...(node.children ?? []).map(textOf)].filter((part) => part.trim() !== '').join(' ');

const attributeOf = ({ attributes = [] }: DomNode, name: string): string =>
  attributes[attributes.indexOf(name) + 1] ?? '';

/** Reaches the chip and card of `page`. */
export async function cardOn(page: Page): Promise<PageCard> {
  const session: CDPSession = await page.context().newCDPSession(page);

  const read = async (): Promise<DomNode | null> => {
    const { root } = (await session.send('DOM.getDocument', { depth: -1, pierce: true })) as {
      root: DomNode;
    };
    return find(root, ({ nodeName }) => nodeName === hostName)[0]?.shadowRoots?.[0] ?? null;
  };
  // The protocol has no event for "text inside a closed root became this", so it is asked again until the deadline.
  const until = async (what: string, test: () => Promise<boolean>): Promise<void> => {
    const startedAt = performance.now();
    while (!(await test())) {
      if (performance.now() - startedAt > deadlineMs)
        throw new Error(`${what}; the card says: ${await card.text()}`);
      await page.waitForTimeout(40);
    }
  };

  const card: PageCard = {
    async text() {
      const root = await read();
      const section = root === null ? undefined : find(root, ({ nodeName }) => nodeName === 'SECTION')[0];
      return section === undefined ? '' : textOf(section);
    },
    async html() {
      const root = await read();
      const parts = await Promise.all(
        (root?.children ?? []).map(({ nodeId }) => session.send('DOM.getOuterHTML', { nodeId })),
      );
      return parts.map(({ outerHTML }) => outerHTML).join('');
    },
    hasChip: async () => (await read()) !== null,
    waitForChip: () => until('no chip', card.hasChip),
    waitFor: (part) => until(`no “${part}”`, async () => (await card.text()).includes(part)),
    press: async (label, count) => (await card.aim(label))(count),
    async aim(label) {
      const root = await read();
      const buttons = root === null ? [] : find(root, ({ nodeName }) => nodeName === 'BUTTON');
      const button = buttons.find((node) =>
        `${textOf(node)} ${attributeOf(node, 'aria-label')}`.includes(label),
      );
      if (button === undefined) throw new Error(`no button “${label}”; the card says: ${await card.text()}`);
      await session.send('DOM.scrollIntoViewIfNeeded', { nodeId: button.nodeId });
      const { model } = await session.send('DOM.getBoxModel', { nodeId: button.nodeId });
      const [left = 0, top = 0, , , right = 0, bottom = 0] = model.content;
      return (count = 1) => page.mouse.click((left + right) / 2, (top + bottom) / 2, { clickCount: count });
    },
    async showEnd() {
      const root = await read();
      const last = root === null ? undefined : find(root, ({ nodeName }) => nodeName === 'BUTTON').at(-1);
      await session.send('DOM.scrollIntoViewIfNeeded', { nodeId: last?.nodeId ?? 0 });
    },
    async choose(text) {
      const root = await read();
      const [list] = root === null ? [] : find(root, ({ nodeName }) => nodeName === 'SELECT');
      if (list === undefined) throw new Error(`no list; the card says: ${await card.text()}`);
      await session.send('DOM.focus', { nodeId: list.nodeId });
      await page.keyboard.type(text);
    },
  };
  return card;
}
