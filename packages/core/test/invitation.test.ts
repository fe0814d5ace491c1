import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeInvitation, encodeInvitation, networkTag, type Invitation } from '../src/index.ts'

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567'

const invitation: Invitation = {
  label: 'shop',
  key: Uint8Array.from({ length: 32 }, (_, i) => i),
  addresses: ['/ip4/192.168.1.20/tcp/4248'],
}

const anInvitation = fc.record({
  label: fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/).filter((label) => !/^[a-z2-7]{16}$/.test(label)),
  key: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((key) => Uint8Array.from(key)),
  addresses: fc.array(
    fc.tuple(fc.ipV4(), fc.nat(65_535)).map(([ip, port]) => `/ip4/${ip}/tcp/${port}`),
    { maxLength: 3 },
  ),
})

/** Where the letters of an invitation stand, between hyphens and after what it begins with. */
function letterPlaces(text: string): number[] {
  return Array.from(text, (_, i) => i).filter((i) => i >= 'hither1:'.length && text[i] !== '-')
}

test('an invitation is read as it was written, however people pass it on', async () => {
  await fc.assert(
    fc.asyncProperty(anInvitation, async (given) => {
      const text = await encodeInvitation(given)
      expect(text).toMatch(/^hither1:[a-z2-7-]+$/)
      expect(await decodeInvitation(text)).toEqual(given)
      expect(await decodeInvitation(` ${text.toUpperCase().replaceAll('-', ' \n')}\n`)).toEqual(given)
    }),
  )
})

test('a label that looks like the tag of a network is refused: it would pass for that network', async () => {
  await expect(encodeInvitation({ ...invitation, label: 'ourlittlenetwork' })).rejects.toMatchObject({
    code: 'bad-name',
  })
})

test('every truncation is detected, and said to be one wherever its beginning is there', async () => {
  const text = await encodeInvitation(invitation)
  for (let length = 0; length < text.length; length++) {
    const why = length < 'hither1:'.length ? 'does not begin with' : 'too short'
    await expect(decodeInvitation(text.slice(0, length)), `${length}`).rejects.toMatchObject({
      code: 'bad-invitation',
      why: expect.stringContaining(why),
    })
  }
})

test('every change of one letter, and every letter too many, is detected', async () => {
  const text = await encodeInvitation(invitation)
  for (const at of letterPlaces(text)) {
    for (const letter of LETTERS) {
      if (letter === text[at]) continue
      const changed = text.slice(0, at) + letter + text.slice(at + 1)
      await expect(decodeInvitation(changed), changed).rejects.toMatchObject({ code: 'bad-invitation' })
    }
    const doubled = text.slice(0, at + 1) + text.slice(at)
    await expect(decodeInvitation(doubled), doubled).rejects.toMatchObject({ code: 'bad-invitation' })
  }
})

test('of any invitation, a changed letter, a swap and a truncation are detected', async () => {
  await fc.assert(
    fc.asyncProperty(anInvitation, fc.nat(), fc.nat(), async (given, place, other) => {
      const text = await encodeInvitation(given)
      const places = letterPlaces(text)
      const at = places[place % (places.length - 1)] ?? 0
      const letter = LETTERS[other % LETTERS.length] ?? ''
      const next = text[at + 1] ?? ''
      const changes = [text.slice(0, at) + letter + text.slice(at + 1), text.slice(0, at), `${text}${letter}`]
      if (next !== '-') changes.push(text.slice(0, at) + next + (text[at] ?? '') + text.slice(at + 2))
      for (const changed of changes.filter((one) => one !== text)) {
        await expect(decodeInvitation(changed)).rejects.toMatchObject({ code: 'bad-invitation' })
      }
    }),
  )
})

test('what is wrong is said, and no part of the secret with it', async () => {
  const text = await encodeInvitation(invitation)
  const [first, ...groups] = text.split('-')
  const swapped = [first, ...groups.slice(0, 3).toReversed(), ...groups.slice(3)].join('-')
  const cases: [string, string][] = [
    ['hello', 'does not begin with "hither1:"'],
    [text.replace('hither1:', 'hither2:'), 'version 2'],
    [swapped, 'checksum'],
    [text.slice(0, -9), 'too short'],
    [`${text}aa`, 'too long'],
    [text.replace(/.$/, '1'), 'besides the letters'],
  ]
  for (const [wrong, why] of cases) {
    const error = await decodeInvitation(wrong).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'bad-invitation', why: expect.stringContaining(why) })
    const { message, why: said, fix } = error as { message: string; why: string; fix: string }
    for (const group of groups) expect(`${message} ${said} ${fix}`).not.toContain(group)
  }
})

test('anything at all is read or refused by name', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.stringMatching(/^[a-z2-7]{0,90}$/), async (any, letters) => {
      for (const text of [any, `hither1:${any}`, `hither1:${letters}`]) {
        await expect(decodeInvitation(text)).rejects.toMatchObject({ code: 'bad-invitation' })
      }
    }),
  )
})

test('an invitation takes a name for a label and at most three addresses', async () => {
  await expect(encodeInvitation({ ...invitation, label: 'My Shop' })).rejects.toMatchObject({ code: 'bad-name' })
  const addresses = Array.from({ length: 4 }, () => '/ip4/10.0.0.1/tcp/1')
  await expect(encodeInvitation({ ...invitation, addresses })).rejects.toMatchObject({ code: 'usage' })
})

test('a network has a tag that fits into a host name, the same for the same key only', async () => {
  const tag = await networkTag(invitation.key)
  expect(tag).toMatch(/^[a-z2-7]{16}$/)
  expect(await networkTag(Uint8Array.from(invitation.key))).toBe(tag)
  expect(await networkTag(new Uint8Array(32))).not.toBe(tag)
})
