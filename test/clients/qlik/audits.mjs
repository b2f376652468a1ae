// Reads all audits with Qlik's own client, a page at a time, and prints them.
import { audits } from "@qlik/api";

const hostConfig = { host: process.env.HOST_URL, authType: "apikey", apiKey: process.env.API_KEY };
const pages = [];
try {
  let page = await audits.getAudits({ limit: 2 }, { hostConfig });
  pages.push(page.data.data);
  while (page.next !== undefined) {
    page = await page.next({ hostConfig });
    pages.push(page.data.data);
  }
  console.log(JSON.stringify({ pages }));
} catch (error) {
  console.log(JSON.stringify({ status: error.status, data: error.data, message: error.message }));
}
