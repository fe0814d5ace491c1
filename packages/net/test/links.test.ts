import { pair } from './helpers/peers.ts'
import { linksContract } from './links-contract.ts'

linksContract('libp2p', pair)
