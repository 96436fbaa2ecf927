package rpmmd

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	"github.com/ulikunitz/xz/lzma"
)

// xzEncoder makes .xz files. Many readers stop at the end of the first stream, so
// that frames are the blocks of a single one: each is compressed on its own, and
// the index at the end of the stream lists them. See the .xz file format, 1.2.0.
type xzEncoder struct{}

// Sizes of dictionaries, which the memory of readers depends on. None is of use
// that is larger than its block.
const (
	leastXZDictionary    = 64 << 10
	greatestXZDictionary = 8 << 20
)

const (
	xzMagic       = "\xfd7zXZ\x00"
	xzFooterMagic = "YZ"
	xzFlags       = "\x00\x01" // blocks end with a CRC32
	xzHeaderSize  = 12         // of a block
)

// encode implements encoder.
func (xzEncoder) encode(dst, block []byte) ([]byte, frame) {
	dictionary := leastXZDictionary
	for dictionary < min(len(block), greatestXZDictionary) {
		dictionary *= 2
	}
	start := len(dst)
	// Size in words less one, flags, LZMA2 with one byte of properties, padding.
	dst = append(dst, xzHeaderSize/4-1, 0, 0x21, 1, lzma.EncodeDictCap(int64(dictionary)), 0, 0, 0)
	dst = appendCRC32(dst, dst[start:])
	out := bytes.NewBuffer(dst)
	// A bytes.Buffer takes everything, and the configuration is a sound one.
	w, err := lzma.Writer2Config{DictCap: dictionary}.NewWriter2(out)
	if err == nil {
		_, _ = w.Write(block)
		_ = w.Close()
	}
	dst = out.Bytes()
	unpadded := len(dst) - start + crc32.Size
	for (len(dst)-start)%4 != 0 {
		dst = append(dst, 0)
	}
	dst = appendCRC32(dst, block)
	return dst, frame{size: int64(len(dst) - start), open: int64(len(block)), unpadded: int64(unpadded)}
}

// enclose implements encoder.
func (xzEncoder) enclose(out *Output, frames []frame) error {
	head := appendCRC32([]byte(xzMagic+xzFlags), []byte(xzFlags))
	out.head = append(head, out.head...)

	index := binary.AppendUvarint([]byte{0}, uint64(len(frames)))
	for _, f := range frames {
		index = binary.AppendUvarint(index, uint64(f.unpadded))
		index = binary.AppendUvarint(index, uint64(f.open))
	}
	for len(index)%4 != 0 {
		index = append(index, 0)
	}
	index = appendCRC32(index, index)
	footer := binary.LittleEndian.AppendUint32(nil, uint32(len(index)/4-1))
	footer = append(footer, xzFlags...)
	out.tail = appendCRC32(index, footer)
	out.tail = append(out.tail, footer...)
	out.tail = append(out.tail, xzFooterMagic...)
	return nil
}

func appendCRC32(dst, data []byte) []byte {
	return binary.LittleEndian.AppendUint32(dst, crc32.ChecksumIEEE(data))
}
