#!/bin/sh
# The documents as a site, in build/site; a link that leads nowhere is an error.
set -eu
cd "$(dirname "$0")/.."
bin=${1:-.venv/bin}
rm -rf build/docs
mkdir -p build/docs
# Only what documents link to: the documents themselves, their pictures and programs, schemas, the model's card.
git ls-files '*.md' 'docs/*' 'schemas/*.json' 'ml/models/*' 'ml/notebooks/*' 'observability/*' '.env.example' |
    grep -vE '(^|/)(package-lock|tests)' | while read -r file; do
    mkdir -p "build/docs/$(dirname "$file")"
    cp "$file" "build/docs/$file"
done
# In build/, because it empties .cache of the folder that it runs in, and ours holds what the tests have installed.
sed 's#_dir: build/#_dir: #' mkdocs.yml >build/mkdocs.yml
bin=$(cd "$bin" && pwd)
cd build
"$bin/zensical" build --strict --clean
