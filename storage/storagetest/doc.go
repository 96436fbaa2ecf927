// Package storagetest is the conformance suite of the store contract. A backend
// that passes it behaves like those of this module, so that everything built on
// a [storage.Store] works over it.
//
//	func TestConformance(t *testing.T) {
//		storagetest.Run(t, storagetest.Harness{Open: func(t testing.TB) *storage.Store {
//			return mybackend.Open(t.TempDir())
//		}})
//	}
//
//	func BenchmarkStore(b *testing.B) {
//		storagetest.Benchmark(b, func(b testing.TB) *storage.Store {
//			return mybackend.Open(b.TempDir())
//		})
//	}
//
// The tests cover every kind of [storage.Kinds] with random rows that the schema
// allows; what a query must answer is worked out by a naive model. Run them with
// the race detector. The stress test takes as long as the environment variable
// [StressEnv] says.
package storagetest
