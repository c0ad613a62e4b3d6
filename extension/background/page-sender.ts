/** The page a content script speaks for, as the browser names it. */
export interface PageSender {
  tabId: number;
  origin: string;
}
