package zchunk

import (
	"iter"
	"math"
)

// MaxChunk is the greatest size of a chunk that the zchunk tools make, in bytes of
// its content. Longer ones are cut.
const MaxChunk = 10 << 20

// Sizes of the chunks that content is cut into, in bytes.
const (
	leastCut    = 8 << 10
	greatestCut = 128 << 10
	meanCut     = 32 << 10 // beyond the least
)

// Split yields data in pieces that end where the bytes before the end say so, so
// that a change leaves all pieces as they were but those it is in. Their mean
// size is some 40 KiB.
func Split(data []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(data) > 0 {
			n := cut(data)
			if !yield(data[:n:n]) {
				return
			}
			data = data[n:]
		}
	}
}

// cut returns the length of the first piece of data. More data changes it only
// if it is all of data.
func cut(data []byte) int {
	// A rolling hash over the last 64 bytes: what was added before has been
	// shifted out.
	var h uint64
	for i := leastCut - 64; i < min(len(data), greatestCut); i++ {
		h = h<<1 + gear(data[i])
		if i >= leastCut && h < math.MaxUint64/meanCut {
			return i
		}
	}
	return min(len(data), greatestCut)
}

// gear returns a random-looking number for a byte. It is the finalizer of
// SplitMix64.
func gear(b byte) uint64 {
	x := (uint64(b) + 1) * 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
