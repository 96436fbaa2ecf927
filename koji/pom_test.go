package koji_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/kojikit/kojikit/koji"
)

func TestParsePOM(t *testing.T) {
	tests := []struct {
		name, pom string
		want      koji.MavenInfo
	}{
		{
			"own coordinates",
			`<project><groupId>g</groupId><artifactId>a</artifactId><version>1</version></project>`,
			koji.MavenInfo{GroupID: "g", ArtifactID: "a", Version: "1"},
		}, {
			"coordinates of the parent where it has none",
			`<project><parent><groupId>pg</groupId><artifactId>pa</artifactId><version>9</version></parent>` +
				`<artifactId>a</artifactId><version>2</version></project>`,
			koji.MavenInfo{GroupID: "pg", ArtifactID: "a", Version: "2"},
		}, {
			"a parent that comes last",
			`<project><groupId>g</groupId><artifactId>a</artifactId><version>2</version>` +
				`<parent><groupId>pg</groupId><version>9</version></parent></project>`,
			koji.MavenInfo{GroupID: "g", ArtifactID: "a", Version: "2"},
		}, {
			"dependencies and plugins have coordinates too",
			`<project><groupId>g</groupId><artifactId>a</artifactId><version>1</version><dependencies><dependency>` +
				`<groupId>x</groupId><artifactId>x</artifactId><version>x</version></dependency></dependencies></project>`,
			koji.MavenInfo{GroupID: "g", ArtifactID: "a", Version: "1"},
		}, {
			"namespace, comment, CDATA, references, blanks",
			"\ufeff<?xml version='1.0' encoding='UTF-8'?>\n<!-- <groupId>no</groupId> --><!DOCTYPE project>" +
				`<project xmlns="http://maven.apache.org/POM/4.0.0"><groupId> g&amp;&#233; </groupId>` +
				"<artifactId>\n a<!-- -->b\n</artifactId><version><![CDATA[1.0]]></version></project>\n<!-- end -->\n",
			koji.MavenInfo{GroupID: "g&é", ArtifactID: "ab", Version: "1.0"},
		}, {
			"ISO 8859-1",
			"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><project><groupId>" + strings.Repeat("\xe9", 3000) +
				"</groupId><artifactId>a</artifactId><version>1</version></project>",
			koji.MavenInfo{GroupID: strings.Repeat("é", 3000), ArtifactID: "a", Version: "1"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := koji.ParsePOM(iotest.OneByteReader(strings.NewReader(tt.pom)))
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

func TestParsePOMRefuses(t *testing.T) {
	project := func(inner string) string { return "<project>" + inner + "</project>" }
	const whole = "<groupId>g</groupId><artifactId>a</artifactId><version>1</version>"
	tests := []struct {
		name, pom, message string
	}{
		{"nothing", "", "unexpected end"},
		{"text", "not xml", "text outside of the root element"},
		{"an empty project", project(""), "no groupId"},
		{"a missing artifact id", project("<groupId>g</groupId><version>1</version>"), "no artifactId"},
		{"an artifact id of the parent only", project("<groupId>g</groupId><version>1</version><parent><artifactId>a</artifactId></parent>"), "no artifactId"},
		{"a missing version", project("<groupId>g</groupId><artifactId>a</artifactId>"), "no version"},
		{"blanks for a version", project("<groupId>g</groupId><artifactId>a</artifactId><version> </version>"), "no version"},
		{"a prefixed namespace", `<x:project xmlns:x="u"><x:groupId>g</x:groupId></x:project>`, "no groupId"},
		{"a missing end tag", "<project>" + whole, "unexpected end"},
		{"crossed end tags", "<project><a></project></a>", "does not match"},
		{"an end tag too many", project(whole) + "</x>", "does not match"},
		{"a second root", project(whole) + "<x/>", "second root element"},
		{"text after the root", project(whole) + "x", "text outside of the root element"},
		{"entity definitions", `<!DOCTYPE project [<!ENTITY a "b">]>` + project(whole), "defines entities"},
		{"an unknown encoding", `<?xml version="1.0" encoding="KOI8-R"?>` + project(whole), "unknown encoding"},
		{"a control character", project(whole + "\x01"), "illegal character"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := koji.ParsePOM(strings.NewReader(tt.pom))
			requireFault(t, err, koji.ErrInvalid, koji.FaultGeneric)
			require.ErrorContains(t, err, tt.message)
			require.Zero(t, got)
		})
	}
}

func TestParsePOMIsBounded(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("<x>", n) + strings.Repeat("</x>", n) }
	_, err := koji.ParsePOM(strings.NewReader(deep(koji.MaxPOMDepth)))
	require.ErrorContains(t, err, "no groupId")
	_, err = koji.ParsePOM(strings.NewReader(deep(koji.MaxPOMDepth + 1)))
	requireFault(t, err, koji.ErrLimit, koji.FaultGeneric)

	var references strings.Builder
	for i := range 300 {
		fmt.Fprintf(&references, "&e%d;", i)
	}
	_, err = koji.ParsePOM(strings.NewReader("<x>" + references.String() + "</x>"))
	requireFault(t, err, koji.ErrLimit, koji.FaultGeneric)
	_, err = koji.ParsePOM(strings.NewReader("<x>" + strings.Repeat("&amp;&e;", 10_000) + "</x>"))
	require.ErrorContains(t, err, "no groupId")

	endless := io.MultiReader(strings.NewReader("<project>"), blanks{})
	_, err = koji.ParsePOM(endless)
	requireFault(t, err, koji.ErrLimit, koji.FaultGeneric)
}

// blanks never ends.
type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestParsePOMReportsReadErrors(t *testing.T) {
	broken := errors.New("disk on fire")
	_, err := koji.ParsePOM(io.MultiReader(strings.NewReader("<project>"), iotest.ErrReader(broken)))
	require.ErrorIs(t, err, broken)
}

func TestMavenInfo(t *testing.T) {
	m := koji.MavenInfo{GroupID: "org.example", ArtifactID: "core", Version: "1.0-2-SNAPSHOT"}
	require.Equal(t, "org.example-core-1.0-2-SNAPSHOT", m.String())
	require.Equal(t, koji.NVR{Name: "org.example-core", Version: "1.0_2_SNAPSHOT"}, m.NVR())
}
