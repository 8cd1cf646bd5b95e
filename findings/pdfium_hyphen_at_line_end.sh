#!/usr/bin/env bash
# Guess: a word with a hyphen, broken over two lines, comes out of a PDF with its hyphen: "cross-" and "entropy" on the
# next line; at worst with a soft hyphen, U+00AD, or joined to one word without any sign.
# Seen (pypdfium2 5.15.2, pypdf 7.1.1): in PDFium the hyphen is a control sign, and which one depends on the call: U+0002
# in get_text_bounded, the noncharacter U+FFFE in get_text_range; the line break is gone. Only between letters: a minus
# before a digit stays, with its line break. pypdf keeps hyphen and line break.
# Where it matters: tests of the printed book look for "cross-entropy" in the text of its sheets.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check pypdfium2==5.15.2 pypdf==7.1.1 fpdf2==2.8.9
cat > "$folder/try.py" <<'PY'
import io
from importlib.metadata import version

import pypdf
import pypdfium2
from fpdf import FPDF

print("pypdfium2", version("pypdfium2"), "pypdf", version("pypdf"))
for lines in (("softmax and cross-", "entropy"), ("x = 5-", "3")):
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", size=12)
    for line in lines:
        pdf.cell(text=line, new_x="LMARGIN", new_y="NEXT")
    data = bytes(pdf.output())
    text = pypdfium2.PdfDocument(data)[0].get_textpage()
    print("get_text_bounded", ascii(text.get_text_bounded()))
    print("get_text_range  ", ascii(text.get_text_range()))
    print("pypdf           ", ascii(pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text()))
PY
"$folder/env/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN' && echo "as seen before"
pypdfium2 5.15.2 pypdf 7.1.1
get_text_bounded 'softmax and cross\x02entropy'
get_text_range   'softmax and cross\ufffeentropy'
pypdf            'softmax and cross-\nentropy'
get_text_bounded 'x = 5-\r\n3'
get_text_range   'x = 5-\r\n3'
pypdf            'x = 5-\n3'
SEEN
