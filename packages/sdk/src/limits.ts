/** How long a gateway may take to find a receipt: a file on its disk, and the way there. */
export const RECEIPT_MS = 10_000
