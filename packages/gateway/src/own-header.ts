import { RPC_HEADER } from '@hither/core'

/**
 * What a client and the gateway say to one another: no function hears it, and none may pose as the gateway. The one exception is between
 * client and function, which the gateway does not read. In small letters.
 */
export function isOwn(header: string): boolean {
  return header.startsWith('hither-') && header !== RPC_HEADER
}
