package rpmmd_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/repo/rpmmd"
)

// signer signs with a word.
type signer struct{ err error }

func (s signer) Sign(content []byte) ([]byte, error) {
	return append([]byte("signed: "), content...), s.err
}

func TestIndexIsSigned(t *testing.T) {
	m, _ := written(t, rpmmd.Options{Signer: signer{}})
	require.Equal(t, "signed: "+m.repomd(), string(m.fs["repodata/repomd.xml.asc"].Data))
	require.Equal(t, rpmmd.RepomdName, m.names[len(m.names)-1])

	failure := errors.New("no key")
	m = &memory{}
	_, err := rpmmd.NewWriter(rpmmd.Options{Signer: signer{failure}}).Write(t.Context(), m)
	require.ErrorIs(t, err, failure)
	require.NotContains(t, m.names, rpmmd.RepomdName)
}

func TestIndexHasWhatTheOptionsSay(t *testing.T) {
	m, _ := written(t, rpmmd.Options{
		Revision: "1700000000", RepoID: rpmmd.TypedText{Type: "x", Text: "id"}, ContentHash: rpmmd.TypedText{Type: "sha256", Text: "00"},
		ContentTags: []string{"binary"}, RepoTags: []string{"r"}, DistroTags: []rpmmd.Distro{{CPEID: "cpe:/o", Name: "d"}},
	})
	require.Contains(t, m.repomd(), "  <revision>1700000000</revision>\n"+
		"  <repoid type=\"x\">id</repoid>\n"+
		"  <contenthash type=\"sha256\">00</contenthash>\n"+
		"  <tags>\n    <content>binary</content>\n    <repo>r</repo>\n    <distro cpeid=\"cpe:/o\">d</distro>\n  </tags>\n")
}
