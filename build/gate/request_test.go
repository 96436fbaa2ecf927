package gate

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
	"github.com/kojikit/kojikit/policy"
)

func call(params ...string) string {
	var b strings.Builder
	b.WriteString("<?xml version='1.0'?>\n<methodCall>\n<methodName>build</methodName>\n<params>\n")
	for _, p := range params {
		b.WriteString("<param>\n<value>" + p + "</value>\n</param>\n")
	}
	return b.String() + "</params>\n</methodCall>\n"
}

func TestRequests(t *testing.T) {
	text := call("<string>git://x&amp;y</string>", "<int>7</int>", "<i8>5000000000</i8>", "<nil/>", "<boolean>1</boolean>", "<double>1.5</double>",
		"plain", "<string></string>", "<base64>\naGk=\n</base64>", "<array><data>\n<value><int>1</int></value><value>a</value></data></array>",
		"<struct>\n<member>\n<name>scratch</name>\n<value><boolean>0</boolean></value>\n</member>\n</struct>", "<array><data></data></array>")
	want := []policy.Value{
		policy.String("git://x&y"), policy.Int(7), policy.Int(5000000000), policy.Null(), policy.Bool(true), policy.Float(1.5),
		policy.String("plain"), policy.String(""), policy.Bytes([]byte("hi")), policy.List(policy.Int(1), policy.String("a")),
		policy.Map(map[string]policy.Value{"scratch": policy.Bool(false)}), policy.List(),
	}
	got, err := decodeRequest(text)
	require.NoError(t, err)
	require.Equal(t, want, got)
	got, err = decodeRequest(base64.StdEncoding.EncodeToString([]byte(text)))
	require.NoError(t, err)
	require.Equal(t, want, got)
	got, err = decodeRequest("<?xml version='1.0'?><methodCall><methodName>sleep</methodName></methodCall>")
	require.NoError(t, err)
	require.Empty(t, got)
}

var badRequests = []string{
	"", "!", "<?xml version='1.0'?>", "<?xml version='1.0'?><methodResponse/>", call("<int>x</int>"), call("<int>1"), call("<odd>1</odd>"),
	call("<int>1</int><int>2</int>"), call("<string><b/></string>"), call("<array></array>"), call("<struct><member><value>1</value></member></struct>"),
	call("<struct><member><name>a</name></member></struct>"), call("<boolean>maybe</boolean>"), call("<base64>*</base64>"),
	call(strings.Repeat("<array><data><value>", 200) + strings.Repeat("</value></data></array>", 200)),
}

func TestMalformedRequests(t *testing.T) {
	for _, text := range badRequests {
		_, err := decodeRequest(text)
		require.ErrorIs(t, err, koji.ErrInvalid, text)
	}
}

func FuzzRequest(f *testing.F) {
	for _, text := range append(badRequests, call("<struct><member><name>a</name><value>1</value></member></struct>", "<nil/>")) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		args, err := decodeRequest(text)
		if err != nil && args != nil {
			t.Fatal(args, err)
		}
	})
}
