package storagetest_test

import (
	"testing"

	"github.com/kojikit/kojikit/storage"
	"github.com/kojikit/kojikit/storage/memory"
	"github.com/kojikit/kojikit/storage/storagetest"
)

func open(testing.TB) *storage.Store { return memory.Open(memory.Options{}) }

func TestRun(t *testing.T) { storagetest.Run(t, open) }

func BenchmarkStore(b *testing.B) { storagetest.Benchmark(b, open) }
