"""How long pages take until a browser has them ready (浏览器就绪时间), in a process of its own.

    python -m tests.bench.browse host:port cookie-name cookie-value path …

It prints, line by line, the median of milliseconds from the request to the end of the load event.
"""

import shutil
import statistics
import sys

from playwright.sync_api import sync_playwright

RUNS = 9
READY = "() => { const t = performance.getEntriesByType('navigation')[0]; return t.loadEventEnd - t.startTime; }"


def main(address: str, cookie: str, value: str, *paths: str) -> None:
    with sync_playwright() as playwright:
        missing: list[str] = []
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
        context.add_cookies([{"name": cookie, "value": value, "url": f"http://{address}/office/"}])
        page = context.new_page()
        page.on("response", lambda answer: missing.append(answer.url) if answer.status >= 400 else None)
        for path in paths:
            times = []
            for _ in range(RUNS):
                answer = page.goto(f"http://{address}{path}", wait_until="load")
                assert answer is not None
                assert answer.status == 200, path
                page.wait_for_function("performance.getEntriesByType('navigation')[0].loadEventEnd > 0")
                times.append(page.evaluate(READY))
            assert not missing, missing
            assert page.evaluate("document.styleSheets.length") > 0, path
            print(f"{statistics.median(times):.0f}")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
