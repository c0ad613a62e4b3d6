import { parseHTML } from 'linkedom';

/** What linkedom keeps of a walk: the nodes it will visit, and at which it is. */
interface Walk {
  i: number;
  nodes: Node[];
}

/**
 * Parses HTML into a document without a browser.
 *
 * linkedom's tree walkers know `nextNode` alone. What a browser does with `nextSibling`, and `parentNode` where there is
 * none, is done here in one: on to the next node that is not below the current one.
 */
export function parseDocument(html: string): Document {
  const { document } = parseHTML(html);
  const create = document.createTreeWalker.bind(document);
  document.createTreeWalker = (root: Node, whatToShow?: number) => {
    const walker = create(root, whatToShow) as TreeWalker & Record<symbol, Walk>; // its own state stands under a symbol
    const [key] = Object.getOwnPropertySymbols(walker);
    const state = key === undefined ? undefined : walker[key];
    return Object.assign(walker, {
      nextSibling(): Node | null {
        const { currentNode } = walker;
        while (state !== undefined && currentNode.contains(state.nodes[state.i] ?? null)) state.i += 1;
        return walker.nextNode();
      },
      parentNode: () => null,
    });
  };
  return document;
}
