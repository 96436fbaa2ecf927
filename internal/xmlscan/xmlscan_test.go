package xmlscan_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/internal/xmlscan"
	"github.com/kojikit/kojikit/koji"
)

// tokens returns what a scanner reads, in short.
func tokens(s *xmlscan.Scanner) string {
	var b strings.Builder
	for {
		switch s.Next() {
		case xmlscan.Start:
			fmt.Fprintf(&b, "<%s>", s.Element)
		case xmlscan.End:
			b.WriteString("</>")
		case xmlscan.Text:
			b.WriteString("T")
		case xmlscan.None:
			return b.String()
		}
	}
}

func TestTokens(t *testing.T) {
	const doc = "\ufeff<?xml version='1.0'?>\n<!DOCTYPE a PUBLIC 'x' 'y'><!-- > --><a b='>'>text<p:c/><![CDATA[<]]></a>\n"
	for name, r := range map[string]io.Reader{"whole": strings.NewReader(doc), "byte by byte": iotest.OneByteReader(strings.NewReader(doc))} {
		s := xmlscan.New("doc", r, 1000)
		require.Equal(t, "<a>T<c></>T</>", tokens(s), name)
		require.NoError(t, s.Err(), name)
	}
}

func TestAttributesAndContent(t *testing.T) {
	s := xmlscan.New("doc", strings.NewReader("<r><a x=' 12.5 ' y='&lt;&#x41;&#10;\n'>one<b>not</b> &amp; two</a><c/></r>"), 1000)
	s.Root("q", "r")
	require.True(t, s.Child(1))
	require.Equal(t, "a", string(s.Element))
	require.Equal(t, int64(12), s.AttrInt("x"))
	require.Equal(t, "<A\n ", s.AttrString("y"))
	require.Empty(t, s.AttrString("z"))
	require.Equal(t, "one & two", s.ContentString())
	require.True(t, s.Child(1))
	require.False(t, s.Child(1))
	require.NoError(t, s.Finish())
}

func TestBound(t *testing.T) {
	doc := "<r><a/>" + strings.Repeat("<b/>", 100) + "</r>"
	s := xmlscan.New("doc", strings.NewReader(doc), 1000)
	s.Root("r")
	s.Bound(10)
	require.True(t, s.Child(1))
	s.Bound(0)
	require.NoError(t, s.Finish())
	s = xmlscan.New("doc", strings.NewReader(doc), 1000)
	s.Bound(100)
	require.ErrorIs(t, s.Finish(), koji.ErrLimit)
	require.ErrorIs(t, s.Err(), koji.ErrLimit)
}

// FuzzScanner makes sure that the size of reads makes no difference, and that tags
// match in what is accepted.
func FuzzScanner(f *testing.F) {
	for _, s := range []string{"<a/>", "<a b='c'>d</a>", "<a>&#65;</a>", "<a><![CDATA[x]]></a>", "<!DOCTYPE a><a/>", "<?xml version='1.0' encoding='utf-8'?><a/>", "<a></b>", "<a b=\"<\"/>"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		one := xmlscan.New("doc", bytes.NewReader(doc), 1<<16)
		two := xmlscan.New("doc", iotest.OneByteReader(bytes.NewReader(doc)), 1<<16)
		all := tokens(one)
		require.Equal(t, all, tokens(two))
		require.Equal(t, one.Err() == nil, two.Err() == nil)
		if one.Err() == nil {
			require.Zero(t, one.Depth())
			require.GreaterOrEqual(t, strings.Count(all, "</>"), 1)
		}
	})
}
