import assert, { AssertionError, deepStrictEqual, strictEqual } from 'node:assert'
import strict from 'node:assert/strict'

/** Passing, or what kind of failure: the words of the longer messages are Node's own affair. */
function kind(act: () => void): unknown {
  try {
    act()
    return 'passes'
  } catch (thrown) {
    const { name, code, operator, actual, expected } = thrown as AssertionError
    return { is: thrown instanceof AssertionError, name, code, operator, actual, expected }
  }
}

async function kindLater(act: () => Promise<void>): Promise<unknown> {
  return act().then(
    () => 'passes',
    (thrown: AssertionError) => [thrown.name, thrown.code],
  )
}

export default async (): Promise<Response> =>
  Response.json({
    results: [
      kind(() => assert(1)),
      kind(() => assert(0, 'said')),
      kind(() => assert.equal(1, '1')),
      kind(() => strictEqual(1, '1' as never)),
      kind(() => deepStrictEqual({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })),
      kind(() => deepStrictEqual({ a: 1 }, { a: 2 })),
      kind(() => assert.deepEqual({ a: 1 }, { a: '1' })),
      kind(() => strict.deepEqual({ a: 1 }, { a: '1' } as never)),
      kind(() => deepStrictEqual(new Map([[{ k: 1 }, 'v']]), new Map([[{ k: 1 }, 'v']]))),
      kind(() => deepStrictEqual(new Set([1]), new Set([2]))),
      kind(() => assert.notStrictEqual(1, 1)),
      kind(() =>
        assert.throws(() => {
          throw new TypeError('boom')
        }, /boom/),
      ),
      kind(() =>
        assert.throws(
          () => {
            throw new TypeError('boom')
          },
          { name: 'TypeError', message: 'boom' },
        ),
      ),
      kind(() => assert.throws(() => {})),
      kind(() => assert.doesNotThrow(() => {})),
      kind(() => assert.match('abc', /b/)),
      kind(() => assert.match('abc', /x/)),
      kind(() => assert.doesNotMatch('abc', /x/)),
      kind(() => assert.ifError(null)),
      kind(() => assert.fail('on purpose')),
      kind(() => assert.ok(Number.NaN)),
      kind(() => deepStrictEqual(Number.NaN, Number.NaN)),
      kind(() => deepStrictEqual([1, 2, 3], [1, 2, 3])),
    ],
    later: [
      await kindLater(() => assert.rejects(Promise.reject(new Error('x')), /x/)),
      await kindLater(() => assert.rejects(Promise.resolve(1))),
      await kindLater(() => assert.doesNotReject(async () => 1)),
    ],
    same: [assert.strict === strict, typeof assert, typeof assert.ok],
  })
