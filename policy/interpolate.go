package policy

import "strings"

// Bounds of the references between options. Python has the first one too.
const (
	maxReferenceDepth = 10
	maxReferences     = 10000
)

// interpolator replaces %(NAME)s and %% by what they stand for, as Python's
// ConfigParser does.
type interpolator struct {
	section, defaults *iniSection
	references        int
	size              int // bytes that references were replaced by
}

// option replaces the references in an option. The columns of a line are those of
// the file up to the first replacement.
func (p *interpolator) option(o *iniOption) Issues {
	var issues Issues
	for i := range o.lines {
		l := &o.lines[i]
		text, at, problem := p.expand(l.text, 0)
		if problem != "" {
			issues = append(issues, Compatible.issue(CodeINI, "", l.at(at, at+1), l, problem, "write %% for a percent sign"))
			continue
		}
		l.text = text
	}
	return issues
}

// expand returns text with its references replaced, or a problem and where it is.
func (p *interpolator) expand(text string, depth int) (out string, at int, problem string) {
	if depth == maxReferenceDepth {
		return "", 0, "the references are nested too deep"
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		next := strings.IndexByte(text[i:], '%')
		if next < 0 {
			b.WriteString(text[i:])
			break
		}
		b.WriteString(text[i : i+next])
		i += next
		rest := text[i:]
		if strings.HasPrefix(rest, "%%") {
			b.WriteByte('%')
			i += 2
			continue
		}
		end := strings.Index(rest, ")s")
		if !strings.HasPrefix(rest, "%(") || end < 0 {
			return "", i, "a lone % is an error in this file"
		}
		value, problem := p.reference(strings.ToLower(rest[2:end]), depth)
		if p.size += len(value); problem == "" && p.size > maxTextSize {
			problem = "the values are longer than 16 MiB"
		}
		if problem != "" {
			return "", i, problem
		}
		b.WriteString(value)
		i += end + 2
	}
	return b.String(), 0, ""
}

func (p *interpolator) reference(name string, depth int) (value, problem string) {
	if p.references++; p.references > maxReferences {
		return "", "the file has too many references"
	}
	o := p.section.byName[name]
	if o == nil && p.defaults != nil {
		o = p.defaults.byName[name]
	}
	if o == nil {
		return "", "no option " + quote(name) + " to refer to"
	}
	value, _, problem = p.expand(o.value(), depth+1)
	return value, problem
}
