import { expect, test } from 'vitest'
import { isIn, networksOf, specialty } from '../../../src/host/outbound/addresses.ts'

test.each([
  ['0.0.0.0', /no address of any host/],
  ['127.0.0.1', /this machine/],
  ['127.255.255.254', /this machine/],
  ['10.0.0.1', /private/],
  ['172.16.0.1', /private/],
  ['172.31.255.255', /private/],
  ['192.168.1.1', /private/],
  ['100.64.0.1', /NAT/],
  ['100.127.255.255', /NAT/],
  ['169.254.169.254', /link/],
  ['192.0.0.8', /protocols/],
  ['192.0.2.1', /examples/],
  ['192.88.99.1', /6to4/],
  ['198.18.0.1', /protocols/],
  ['224.0.0.1', /group/],
  ['239.255.255.255', /group/],
  ['240.0.0.1', /protocols/],
  ['255.255.255.255', /broadcast/],
  ['::', /no address of any host/],
  ['::1', /this machine/],
  ['::7f00:1', /clothes/],
  ['::ffff:127.0.0.1', /clothes/],
  ['::ffff:8.8.8.8', /clothes/],
  ['::ffff:0:7f00:1', /clothes/],
  ['64:ff9b::7f00:1', /NAT64/],
  ['64:ff9b:1::1', /NAT64/],
  ['2001:0:1::1', /Teredo/],
  ['2002:7f00:1::', /6to4/],
  ['2001:db8::1', /examples/],
  ['2001:10::1', /protocols/],
  ['fc00::1', /private/],
  ['fd12:3456::1', /private/],
  ['fe80::1', /link/],
  ['fe80::1%eth0', /link/],
  ['fec0::1', /private/],
  ['ff02::1', /group/],
  ['4000::1', /kept for later/],
  ['100::1', /protocols/],
  ['nonsense', /no address at all/],
  ['', /no address at all/],
])('%s is no host of the Internet', (address, what) => expect(specialty(address)).toMatch(what))

test.each([
  '1.1.1.1',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450:4001::1',
])('%s is one', (address) => expect(specialty(address)).toBeUndefined())

test('a network holds its addresses and no others', () => {
  const list = networksOf(['10.1.0.0/16', 'fd00:1::/32'])
  expect(isIn(list, '10.1.2.3')).toBe(true)
  expect(isIn(list, '10.2.0.0')).toBe(false)
  expect(isIn(list, 'fd00:1:2::3')).toBe(true)
  expect(isIn(list, 'fd00:2::')).toBe(false)
  expect(isIn(list, 'nonsense')).toBe(false)
  // Nor their forms in the other family.
  expect(isIn(list, '::ffff:10.1.2.3')).toBe(false)
  expect(isIn(networksOf(['::/0']), '10.1.2.3')).toBe(false)
})
