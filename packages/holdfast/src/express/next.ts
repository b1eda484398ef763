/** What `next` of Express, Connect or one's own making looks like. */
export type Next = (error?: unknown) => void;
