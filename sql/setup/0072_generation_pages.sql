-- Generation: kinds that are made of others, the parts of pages, and the prompts of all kinds of the step before.
INSERT INTO journey.kinds (kind, description, min_chars, max_chars, max_sentences, full_sentences, required, max_tokens, prompt, rewrite, inputs, templates)
VALUES ('page_headline', 'Headline of a landing page', 5, 70, 1, false, '{}', 30, NULL, false, '{}', $page_headline$[
{"slot": 1, "needs": ["offer", "product"], "text": "{{ offer }} off {{ product }} for you"},
{"slot": 1, "needs": ["event"], "text": "You are invited: {{ event }}"},
{"slot": 1, "themes": ["premium", "performance", "sustainability", "care"], "needs": ["product", "highlight"], "text": "{{ product }}, {{ highlight }}"},
{"slot": 1, "themes": ["newness"], "needs": ["product", "new"], "text": "New: {{ product }}"},
{"slot": 1, "themes": ["value"], "needs": ["saving"], "text": "Save {{ saving }} on {{ product }}"},
{"slot": 1, "themes": ["value"], "needs": ["product", "price"], "text": "{{ product }} for {{ price }}"},
{"slot": 1, "themes": ["premium"], "needs": ["product"], "text": "Take a closer look: {{ product }}"},
{"slot": 1, "needs": ["product"], "text": "Meet {{ the_product }}"},
{"slot": 1, "needs": ["product"], "text": "Picked for you: {{ product }}"},
{"slot": 1, "needs": ["no_product"], "text": "Picked for you"}
]$page_headline$),
       ('heading_details', 'Heading above what is known of a product', 5, 40, 1, false, '{}', 12, NULL, false, '{}', $heading_details$[
{"slot": 1, "text": "The details"},
{"slot": 1, "text": "At a glance"},
{"slot": 1, "themes": ["premium"], "text": "A closer look"},
{"slot": 1, "text": "Good to know"}
]$heading_details$),
       ('heading_offer', 'Heading above an offer', 5, 40, 1, false, '{}', 12, NULL, false, '{offer}', $heading_offer$[
{"slot": 1, "needs": ["offer"], "text": "Your offer"},
{"slot": 1, "needs": ["offer"], "text": "{{ offer }} off for you"}
]$heading_offer$),
       ('heading_event', 'Heading above an event', 3, 40, 1, false, '{}', 12, NULL, false, '{event}', $heading_event$[
{"slot": 1, "needs": ["event"], "text": "You are invited"},
{"slot": 1, "needs": ["event"], "text": "Join us"}
]$heading_event$),
       ('event_line', 'What is said of an event', 15, 160, 2, true, '{event}', 60, NULL, false, '{event}', $event_line$[
{"slot": 1, "needs": ["event"], "text": "We would love to see you at {{ event }}."},
{"slot": 1, "needs": ["event", "event_date"], "text": "We would love to see you at {{ event }} on {{ event_date }}."},
{"slot": 1, "needs": ["event", "event_date"], "text": "{{ event }} is on {{ event_date }}, and you are invited."}
]$event_line$),
       ('heading_closing', 'Heading above the end of a page', 5, 40, 1, false, '{}', 12, NULL, false, '{}', $heading_closing$[
{"slot": 1, "text": "Here for you"},
{"slot": 1, "text": "Any questions?"},
{"slot": 1, "text": "Have a look around"}
]$heading_closing$),
       ('page_closing', 'Last sentence of a page', 15, 130, 1, true, '{}', 45, NULL, false, '{}', $page_closing$[
{"slot": 1, "text": "We are happy to help you choose, so just ask."},
{"slot": 1, "text": "If you have any questions, we are happy to help."},
{"slot": 1, "themes": ["premium"], "text": "Take your time, and let us know if we can help."}
]$page_closing$),
       ('category_headline', 'Headline of a category page', 5, 70, 1, false, '{}', 30, NULL, false, '{category}', $category_headline$[
{"slot": 1, "needs": ["category"], "text": "{{ Category }}"},
{"slot": 1, "needs": ["category"], "text": "Our {{ category }} for you"},
{"slot": 1, "needs": ["category"], "text": "{{ Category }}, picked for you"},
{"slot": 1, "needs": ["category", "offer"], "text": "{{ Category }}: {{ offer }} off"}
]$category_headline$),
       ('category_intro', 'First sentences of a category page', 25, 220, 2, true, '{category}', 70, NULL, false, '{category}', $category_intro$[
{"slot": 1, "themes": ["value"], "needs": ["category"], "text": "Looking for {{ category }}? Have a look at our selection."},
{"slot": 1, "themes": ["premium"], "needs": ["category"], "text": "Take your time and look through our {{ category }}."},
{"slot": 1, "themes": ["return"], "needs": ["category"], "text": "Come back and see our {{ category }}."},
{"slot": 1, "needs": ["category"], "text": "Have a look at our {{ category }} and find something you like."},
{"slot": 1, "needs": ["category"], "text": "Whenever you need {{ category }}, have a look at our range."},
{"slot": 1, "needs": ["category"], "text": "Here you can find our {{ category }}."}
]$category_intro$),
       ('category_help', 'How to choose within a category', 15, 160, 2, true, '{}', 40, NULL, false, '{category}', $category_help$[
{"slot": 1, "themes": ["value"], "needs": ["category"], "text": "Think about what you need most, and pick what fits."},
{"slot": 1, "needs": ["category"], "text": "Think about what you need it for, and pick what fits."},
{"slot": 1, "needs": ["category"], "text": "Not sure what to pick? We are happy to help you choose."}
]$category_help$),
       ('heading_help', 'Heading above how to choose', 5, 40, 1, false, '{}', 12, NULL, false, '{}', $heading_help$[
{"slot": 1, "text": "How to choose"},
{"slot": 1, "text": "Find what suits you"}
]$heading_help$);

INSERT INTO journey.kinds (kind, description, min_chars, max_chars, max_sentences, full_sentences, max_tokens, inputs, joiner, parts)
VALUES ('body', 'Body of an e-mail', 40, 900, 13, false, 160, '{}', ' ', $parts$[
{"name": "opening", "kind": "body_opening"}, {"name": "details", "kind": "body_details", "optional": true, "after_highlight": true}, {"name": "closing", "kind": "body_closing"}]$parts$),
       ('email', 'E-mail: subject, preview and body about one thing', 60, 1100, 20, false, 160, '{}', E'\n', $parts$[
{"name": "subject", "kind": "subject"}, {"name": "preview", "kind": "preview", "after_highlight": true}, {"name": "body", "kind": "body"}]$parts$),
       ('product_description', 'Description of a product', 40, 1000, 16, false, 160, '{product}', ' ', $parts$[
{"name": "opening", "kind": "description_opening"}, {"name": "details", "kind": "description_details", "optional": true, "after_highlight": true},
{"name": "closing", "kind": "description_closing"}]$parts$),
       ('banner', 'Banner: headline, line and call to action', 15, 200, 6, false, 80, '{}', E'\n', $parts$[
{"name": "headline", "kind": "banner_headline"}, {"name": "line", "kind": "banner_line", "after_highlight": true}, {"name": "call_to_action", "kind": "banner_cta"}]$parts$),
       ('support_reply', 'Answer to a ticket with its resolution', 40, 600, 8, false, 160, '{ticket,resolution}', ' ', $parts$[
{"name": "opening", "kind": "reply_opening"}, {"name": "resolution", "kind": "reply_resolution"}, {"name": "closing", "kind": "reply_closing"}]$parts$),
       ('section_details', 'Section of a page: what is known of a product', 10, 800, 16, false, 60, '{product}', E'\n', $parts$[
{"name": "heading", "kind": "heading_details"}, {"name": "text", "kind": "description_details"}]$parts$),
       ('section_offer', 'Section of a page: an offer', 10, 300, 6, false, 60, '{offer}', E'\n', $parts$[
{"name": "heading", "kind": "heading_offer"}, {"name": "text", "kind": "offer_explanation"}]$parts$),
       ('section_event', 'Section of a page: an event', 10, 300, 6, false, 60, '{event}', E'\n', $parts$[
{"name": "heading", "kind": "heading_event"}, {"name": "text", "kind": "event_line"}]$parts$),
       ('section_closing', 'Section of a page: its end', 10, 300, 6, false, 60, '{}', E'\n', $parts$[
{"name": "heading", "kind": "heading_closing"}, {"name": "text", "kind": "page_closing"}]$parts$),
       ('section_help', 'Section of a page: how to choose', 10, 300, 6, false, 60, '{category}', E'\n', $parts$[
{"name": "heading", "kind": "heading_help"}, {"name": "text", "kind": "category_help"}]$parts$),
       ('landing_page', 'Landing page of a product or an event', 40, 2500, 60, false, 160, '{}', E'\n', $parts$[
{"name": "headline", "kind": "page_headline"}, {"name": "intro", "kind": "body_opening", "after_highlight": true},
{"name": "sections", "kind": "section_details", "optional": true, "after_highlight": true}, {"name": "sections", "kind": "section_offer", "optional": true},
{"name": "sections", "kind": "section_event", "optional": true}, {"name": "sections", "kind": "section_closing"}]$parts$),
       ('category_page', 'Page of a category', 40, 2000, 60, false, 160, '{category}', E'\n', $parts$[
{"name": "headline", "kind": "category_headline"}, {"name": "intro", "kind": "category_intro"},
{"name": "sections", "kind": "section_offer", "optional": true}, {"name": "sections", "kind": "section_event", "optional": true},
{"name": "sections", "kind": "section_help"}]$parts$);

UPDATE journey.kinds SET is_part = true
 WHERE kind ~ '^(banner|body|category|description|event|heading|page|reply|section)_' AND kind <> 'category_page';

INSERT INTO journey.prompts (kind, version, status, system, instruction, examples)
VALUES ('sentence', 1, 'approved',
$system$You write for a shop. You are given a draft and reply with a version that reads better. Keep every name, number, price and detail of the draft exactly as they are. Add no facts, numbers, names or promises.$system$,
$instruction$Rewrite the draft in at most {{ max_sentences }} short sentences, {{ max_chars }} characters. Reply with the text only.$instruction$,
$examples$[
{"draft": "Take a look inside and see if it suits you.", "answer": "Have a look inside, it may be just right for you."},
{"draft": "You get 15% off, and it is easy to use.", "answer": "Enjoy 15% off, it could not be easier."},
{"draft": "Made of linen, in sand.", "answer": "Made of linen, and it comes in sand."},
{"draft": "You pay $18 instead of $24.", "answer": "Yours for $18 instead of $24."},
{"draft": "There are 6 left, so have a look soon.", "answer": "Just 6 left, so why not have a look soon?"},
{"draft": "The Copper Kettle is a good choice for every day.", "answer": "The Copper Kettle is a lovely thing to have at home every day."},
{"draft": "Have a look at the Trail Socks.", "answer": "Say hello to the Trail Socks."},
{"draft": "Open House is on June 9, and we hope to see you there.", "answer": "We would love to see you at Open House on June 9."},
{"draft": "Come back and see what we have for you.", "answer": "Come back and see what is here for you."},
{"draft": "Have a look at our desk lamps and find something you like.", "answer": "Look through our desk lamps and find the one you love."}
]$examples$),
       ('headline', 1, 'approved',
$system$You write for a shop. You are given a draft and reply with a version that reads better. Keep every name, number and price of the draft exactly as they are. Add no facts, numbers, names or promises.$system$,
$instruction$Write one short headline of at most {{ max_chars }} characters. Reply with the headline only.$instruction$,
$examples$[
{"draft": "Meet the Copper Kettle", "answer": "Say hello to the Copper Kettle"},
{"draft": "10% off Trail Socks", "answer": "Trail Socks, 10% off for you"},
{"draft": "Here for you: Lemon Soap", "answer": "Lemon Soap is here for you"},
{"draft": "Garden Gloves for $8", "answer": "Yours for $8: Garden Gloves"},
{"draft": "Save $2 on Garden Gloves", "answer": "Garden Gloves: save $2"},
{"draft": "A good start: Almond Butter", "answer": "Start well with Almond Butter"},
{"draft": "Cotton Bath Towels", "answer": "Cotton Bath Towels for your home"},
{"draft": "Join us: Open House", "answer": "You are invited: Open House"}
]$examples$),
       ('push', 1, 'approved',
$system$You write for a shop. You are given a draft and reply with a version that reads better. Keep the product name, and every number and price of the draft, exactly as they are. Add no facts, numbers, names or promises.$system$,
$instruction$Write one push notification: at most {{ max_sentences }} short sentences, {{ max_chars }} characters. Reply with the notification only.$instruction$,
$examples$[
{"draft": "Take a look at the Copper Kettle.", "answer": "Have you seen the Copper Kettle yet? Take a look."},
{"draft": "You get 10% off the Trail Socks.", "answer": "Treat your feet: 10% off the Trail Socks for you."},
{"draft": "The Garden Gloves: just 4 left.", "answer": "Just 4 left: the Garden Gloves could be yours."},
{"draft": "Is it time for Blueberry Muffins again?", "answer": "Blueberry Muffins again? We are ready when you are."},
{"draft": "Open House is on June 9. Join us!", "answer": "Join us on June 9 for Open House!"},
{"draft": "The Cotton Bath Towels: now $16 instead of $20.", "answer": "Now $16 instead of $20: the Cotton Bath Towels."},
{"draft": "It's been a while! Come back and see the Lemon Soap.", "answer": "We'd love to see you again! Come and see the Lemon Soap."}
]$examples$),
       ('offer_explanation', 1, 'approved',
$system$You write for a shop. You are given a draft and reply with a version that reads better. Keep the reason, every name and every number of the draft exactly as they are. Add no facts, numbers, names or promises.$system$,
$instruction$Tell the customer why this offer is for them: at most {{ max_sentences }} sentences, {{ max_chars }} characters. Reply with the text only.$instruction$,
$examples$[
{"draft": "You are a loyal customer, so you get 10% off the Trail Socks. We look forward to your next visit.", "answer": "Because you are a loyal customer, you get 10% off the Trail Socks. We look forward to your next visit!"},
{"draft": "The price has dropped, so you get $5 off the Copper Kettle. Have a look whenever it suits you.", "answer": "The price has dropped, and that means $5 off the Copper Kettle for you. Have a look when it suits you."},
{"draft": "Happy birthday! To celebrate, you get 25% off the Lemon Soap. Have a look whenever it suits you.", "answer": "Happy birthday! We would like to celebrate with you: enjoy 25% off the Lemon Soap. Have a look when it suits you."},
{"draft": "We have missed you, so here is 12% off for when you come back. Have a look whenever it suits you.", "answer": "We have missed you! When you come back, you get 12% off. Have a look when it suits you."},
{"draft": "Here is something for you: $3 off the Garden Gloves. We look forward to your next visit.", "answer": "We have something for you: $3 off the Garden Gloves. We look forward to your next visit."}
]$examples$),
       ('low_stock', 1, 'approved',
$system$You write for a shop. You are given a draft and reply with a version that reads better. Keep every name, number and price of the draft exactly as they are, each with its own product. Add no facts, numbers, names or promises.$system$,
$instruction$Tell the customer what is nearly gone and what to take instead: at most {{ max_sentences }} sentences, {{ max_chars }} characters. Reply with the text only.$instruction$,
$examples$[
{"draft": "The Copper Kettle is almost gone: 3 are left. The Steel Kettle is a good alternative.", "answer": "The Copper Kettle is almost gone, with 3 left. The Steel Kettle is a good alternative."},
{"draft": "There are just 5 left of the Trail Socks. Or take a look at the Hiking Socks for $7 instead.", "answer": "There are just 5 left of the Trail Socks. You may also like the Hiking Socks for $7 instead."},
{"draft": "If you like the Lemon Soap, have a look soon, as there is 1 left. The Rose Soap is a good alternative.", "answer": "If the Lemon Soap is for you, have a look soon: there is 1 left. If it is gone, the Rose Soap is a good alternative."}
]$examples$),
       ('bundle', 1, 'approved',
$system$You write for a shop. You are given a draft and reply with a version that reads better. Keep every name and price of the draft exactly as they are. Add no facts, numbers, names or promises.$system$,
$instruction$Write one line about products that belong together: at most {{ max_sentences }} sentences, {{ max_chars }} characters. Reply with the line only.$instruction$,
$examples$[
{"draft": "A good match: Copper Kettle and Walnut Tray.", "answer": "Copper Kettle and Walnut Tray: a lovely pair for your home."},
{"draft": "Get Trail Socks, Cap and Day Pack together for $60.", "answer": "Ready to go: Trail Socks, Cap and Day Pack, together for $60."},
{"draft": "Why not take Lemon Soap and Cotton Bath Towels together?", "answer": "Lemon Soap and Cotton Bath Towels make a good match, so why not take them together?"}
]$examples$),
       ('reply', 1, 'approved',
$system$You write for the service team of a shop. You are given a draft and reply with a version that reads better. Keep every name of the draft exactly as it is. Add no facts, reasons, numbers or promises.$system$,
$instruction$Rewrite the draft kindly in at most {{ max_sentences }} short sentences, {{ max_chars }} characters. Reply with the text only.$instruction$,
$examples$[
{"draft": "Thank you for your message. We are sorry for the trouble with your parcel.", "answer": "Thank you for writing to us. We are truly sorry for the trouble with your parcel."},
{"draft": "Hello Anna, thank you for your message. We are sorry that it does not fit you.", "answer": "Hello Anna, thank you for your message. We are so sorry that it does not fit you."},
{"draft": "Thank you for telling us. We are sorry that we sent the wrong item.", "answer": "Thank you for letting us know. We are very sorry that we sent the wrong item."},
{"draft": "Please write to us if you have any other questions.", "answer": "If you have any other questions, please just write to us."},
{"draft": "Thank you for your patience and understanding.", "answer": "Thank you so much for your patience and your understanding."}
]$examples$);
