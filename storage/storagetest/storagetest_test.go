package storagetest_test

import (
	"testing"

	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/memory"
	"github.com/kojikit/kojikit/storage/storagetest"
)

// A backend's own test runs the suite over stores that it opens.
func ExampleRun() {
	TestConformance := func(t *testing.T) {
		storagetest.Run(t, storagetest.Harness{Open: func(testing.TB) *storage.Store {
			return memory.Open(memory.Options{})
		}})
	}
	_ = TestConformance // go test runs it
	// Output:
}
