/** Where a member looks into what they were told of: the provider sends ids alone, and no address of a document is documented. */
export const ficNoticePlace = 'https://secure.fattureincloud.it/';
