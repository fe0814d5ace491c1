import { expect, test } from 'vitest'
import { addressOf, link, peer } from './helpers/peers.ts'
import { portOf, proxy } from './helpers/proxy.ts'

test('only announced addresses are told, and only those are dialled', async () => {
  const plain = await peer()
  const direct = portOf(addressOf(plain))
  const between = await proxy(direct)
  await plain.stop()
  const b = await peer({ init: { listen: [`/ip4/127.0.0.1/tcp/${direct}`], announce: [between.address] } })
  expect(b.addresses()).toEqual([`${between.address}/p2p/${b.self}`])
  const a = await peer()
  await link(a, addressOf(b), b)
  expect(a.list()).toMatchObject([{ address: `${between.address}/p2p/${b.self}` }])
})
