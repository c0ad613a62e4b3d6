/** Where a member looks into what they were told of: each operator's back office has an address of its own, which is not documented. */
export const storaNoticePlace = null;
