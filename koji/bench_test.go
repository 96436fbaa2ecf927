package koji_test

import (
	"strings"
	"testing"

	"github.com/kojikit/kojikit/koji"
)

func BenchmarkParseNVR(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := koji.ParseNVR("java-1.8.0-openjdk-1.8.0.402.b06-3.fc40"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseNVRA(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := koji.ParseNVRA("java-1.8.0-openjdk-headless-1.8.0.402.b06-3.fc40.x86_64.rpm"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompareVersion(b *testing.B) {
	for name, pair := range map[string][2]string{
		"Equal":   {"1.8.0.402.b06", "1.8.0.402.b06"},
		"Differs": {"1.8.0.402.b06", "1.8.0.402.b07"},
		"Git":     {"0.1~rc1^20240101git0123abc", "0.1~rc1^20240101git0123abd"},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				koji.CompareVersion(pair[0], pair[1])
			}
		})
	}
}

func BenchmarkGlob(b *testing.B) {
	const text = "python3-django-filter-doc"
	for name, pattern := range map[string]string{
		"Literal": text,
		"Suffix":  "*-doc",
		"Sets":    "python[0-9]-*[!a-d]-d?c",
		"Hostile": strings.Repeat("*o", 12) + "*x",
	} {
		g := koji.CompileGlob(pattern)
		b.Run("Compiled/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				g.Match(text)
			}
		})
		b.Run("Once/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				koji.MatchGlob(pattern, text)
			}
		})
	}
}

func BenchmarkPathInfo(b *testing.B) {
	p := koji.PathInfo{Topdir: "/mnt/koji"}
	a := koji.NVRA{NVR: koji.NVR{Name: "bash", Version: "5.2.26", Release: "3.fc40"}, Arch: "x86_64"}
	b.Run("Build", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := p.Build(a.NVR, koji.DefaultVolume); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Signed", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := p.Signed(a, "15ac4e7d"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkArchList(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		koji.ArchList("x86_64")
	}
}
