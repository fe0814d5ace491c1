/** One value. A private key in PEM has 3.2 KB, a chain of certificates 8. */
export const SECRET_VALUE_MAX_BYTES: number = 8 * 1024

/** All values of a name together with their keys: they travel with a function's other variables in one frame. */
export const SECRETS_MAX_BYTES: number = 24 * 1024

/** Boxes have whole multiples of this, so that their size says little about what is in them. */
export const SECRETS_PAD_BYTES = 512

/** The padded values and the tag of AES-GCM. */
export const SECRETS_BOX_MAX_BYTES: number = SECRETS_MAX_BYTES + 2 * SECRETS_PAD_BYTES

/** Runners that may have one name's secrets, and as many that may not any more: a key takes a hundred bytes of the record. */
export const SECRET_RUNNERS_MAX = 64

/** A record: the box, the keys, and what else it says. */
export const SECRETS_RECORD_MAX_BYTES: number = 40 * 1024

/** Shorter values are not hidden in logs: they may stand there by chance, as words do. */
export const SECRET_HIDDEN_MIN_CHARS = 6
