/** The page a content script speaks for, as the browser names it. */
export interface PageSender {
  tabId: number;
  origin: string;
  /** Whether the tab is in a private window: nothing of it may reach the disk. */
  isPrivate: boolean;
}
