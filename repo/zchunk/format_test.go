package zchunk

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestIntegers_17(t *testing.T) {
	for v, want := range map[uint64][]byte{
		0: {0x80}, 127: {0xff}, 128: {0x00, 0x81}, 155: {0x1b, 0x81}, 1<<63 - 1: bytes.Join([][]byte{bytes.Repeat([]byte{0x7f}, 8), {0xff}}, nil),
	} {
		require.Equal(t, want, appendInt(nil, v))
		p := parser{rest: append(want, 1)}
		require.Equal(t, v, p.int())
		require.NoError(t, p.err)
		require.Equal(t, []byte{1}, p.rest)
	}
	for name, field := range map[string][]byte{
		"no end":    {0, 0},
		"nothing":   {},
		"too large": {0, 0, 0, 0, 0, 0, 0, 0, 0, 0x81},
		"too long":  {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80},
	} {
		p := parser{rest: field}
		p.int()
		require.Error(t, p.err, name)
	}
	// As long as can be, and no larger.
	p := parser{rest: []byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 0x80}}
	require.Equal(t, uint64(1), p.int())
	require.NoError(t, p.err)
}
