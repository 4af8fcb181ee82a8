"""Turns the till's shorthand of Complete Journey ("FRZN SS PREMIUM ENTREES/DNRS/N") into names a customer can read."""
import re

# The till cuts descriptions after 30 characters, often within brackets: what stands in brackets goes.
BRACKETS = re.compile(r"\s*\([^)]*\)?")

# Words of the till, and what they stand for. An empty string drops the word.
WORDS = {
    "FRZN": "frozen", "FRZ": "frozen", "FRZ-RAW": "frozen raw", "FRE": "fresh", "REFRGRATD": "refrigerated",
    "REFRIG": "refrigerated", "REFIGERATED": "refrigerated", "DRNKS": "drinks", "DRNK": "drink", "DRNKNG": "drinking",
    "DRNKING": "drinking", "JCE": "juice", "MISC": "other", "MISC.": "other", "BKD": "baked", "FD": "food", "FDS": "food",
    "BRKFST": "breakfast", "WHLSM": "wholesome", "BN": "beans", "VEG": "vegetables", "MXS": "mixes", "MX": "mix",
    "DSH": "dishes", "NOVLTS": "novelties", "PWDR": "powder", "PWDRS": "powders", "CRYSTL": "crystal", "PNT": "peanut",
    "BTR": "butter", "DNR": "dinner", "DNRS": "dinners", "TISS": "tissue", "CLEANG": "cleaning", "SUPPPLIES": "supplies",
    "SPLY": "supplies", "SNKS": "snacks", "CKYS": "cookies", "CRKR": "crackers", "CNDY": "candy", "CND": "canned",
    "PKGD": "packaged", "PCKGD": "packaged", "PKLD": "pickled", "PICKLD": "pickled", "PKG": "packaged",
    "PKG.SEAFOOD": "packaged seafood", "SALD": "salad", "DRSNG": "dressing", "SNDWCH": "sandwich", "SPRD": "spread",
    "SWEETNERS": "sweeteners", "SHERBTS": "sherbets", "FLVRD": "flavored", "FLVR": "flavored", "NDAIRY": "non-dairy",
    "TRSH": "trash", "CONC": "concentrated", "MIXS": "mixes", "PERSONAL": "personal", "HBC": "health & beauty",
    "FOODS": "foods", "SFT": "soft", "SNGL": "single", "SGL": "single", "SV": "serve", "SRV": "serve", "SS": "single-serve",
    "BTL": "bottles", "CARB": "carbonated", "NON-CRBNTD": "still", "NON-CARB": "still", "CRBNTD": "carbonated",
    "MNERAL": "mineral", "MNRL": "mineral", "MNR": "mineral", "WATE": "water", "MLT-PK": "multi-pack", "MULT": "multi",
    "PK": "pack", "6PK": "6-pack", "4PK": "4-pack", "CAN": "can", "CATFD": "cat food", "DOGFD": "dog food", "SUP": "super",
    "PREM": "premium", "CHICK": "chicken", "CHIX:": "chicken:", "CHIX:RED": "chicken", "FEM.": "feminine", "HYGN.": "hygiene",
    "HYGN.NAPKINS": "hygiene napkins", "GRND": "ground", "PLSTC": "plastic", "BRD": "breaded", "STK": "stick",
    "RTS": "ready-to-serve", "IWS": "wrapped", "NON-IWS": "unwrapped", "WT": "weight", "MAY": "mayonnaise", "CRMD": "creamed",
    "SW": "sweet", "GDS": "goods", "GDS:DONUTS": "donuts", "MLK": "milk", "SYRP": "syrup", "LOZNG-DRP": "lozenges",
    "XPCTRNT": "expectorants", "SAUS": "sausage", "PPK": "pre-packed", "PRSLC": "sliced", "PRESLC": "sliced",
    "PRPCK": "pre-packed", "PREPORTND": "portioned", "SAL:": "salads:", "SAL:SALSA": "salsa", "DPS": "dips",
    "SPECILATY": "specialty", "CHOCOCLATE": "chocolate", "CILANTO": "cilantro", "DECAFFINATED": "decaffeinated",
    "CATSUP": "ketchup", "WORCHESTER": "worcestershire", "HYDROCORTIZONE": "hydrocortisone", "LINAMENTS": "liniments",
    "PROTIEN": "protein", "MEMORABLILIA": "memorabilia", "DISPOSIBLE": "disposable", "BBQ": "BBQ", "N": "", "W": "with",
    "EX": "", "EXCP": "", "ALL": "", "INSTORE": "in-store", "VAC": "vacuum", "PAC": "packed", "TORT": "tortilla", "RW": "raw",
    "IQF": "frozen", "LSS": "", "THN": "", "APPLS": "apples", "AND": "&", "OJ": "orange juice", "VARI": "varietal",
    "PREPD": "prepared", "ACCSS": "accessories", "RETL": "", "CNDLES": "candles", "CKE": "cake",
    "CLTRYTBLCLTHSTTHPKSST": "cutlery", "PUNCHO": "punch", "PNCH": "punch", "GNG": "ginger", "WTR": "water", "ECONOMY": "value",
    "DPT": "", "DEPT": "department", "BEERALEMALT": "beer, ale & malt", "CHEEZ-ITS": "", "MLB": "", "NP": "", "BREAK": "break",
    "NEW": "new", "COMPACTOR": "compactor", "BA": "bags", "HSPNC": "Hispanic", "SFTDRNK": "soft drink", "CHC": "choice",
    "SHLFSH": "shellfish", "FINFISH": "fish", "SHLFSH-OTHER": "shellfish", "PRTN": "portion", "WHL": "whole",
    "FS": "french style", "JHOOK": "", "MISCELLANEOUS": "other", "SNK": "snack", "MTG": "", "CONTAINR": "containers",
    "DINNERS": "dinners", "ORNG": "orange", "CRMR": "creamer", "UNSWE": "unsweetened", "SWE": "sweetened",
    "MULTIGRAIN": "multigrain", "BR": "bread", "PASTRYS": "pastries",
}

# Whole descriptions that rules alone do not make readable.
PHRASES = {
    # categories
    "FLUID MILK PRODUCTS": "Milk", "BAKED BREAD/BUNS/ROLLS": "Bread & Rolls", "BAG SNACKS": "Chips & Snacks",
    "FRZN MEAT/MEAT DINNERS": "Frozen Dinners", "VEGETABLES - SHELF STABLE": "Canned Vegetables", "COLD CEREAL": "Cereal",
    "CANDY - CHECKLANE": "Candy Bars & Gum", "CANDY - PACKAGED": "Packaged Candy", "LUNCHMEAT": "Lunch Meat",
    "REFRGRATD JUICES/DRNKS": "Chilled Juices", "CRACKERS/MISC BKD FD": "Crackers", "CANNED JUICES": "Juices",
    "ICE CREAM/MILK/SHERBTS": "Ice Cream", "HISPANIC": "Mexican & Hispanic Foods",
    "FRZN VEGETABLE/VEG DSH": "Frozen Vegetables", "MILK BY-PRODUCTS": "Sour Cream & Dairy",
    "MEAT - SHELF STABLE": "Canned Meat", "COOKIES/CONES": "Cookies & Cones",
    "CONVENIENT BRKFST/WHLSM SNACKS": "Breakfast Bars & Snacks", "FRUIT - SHELF STABLE": "Canned Fruit",
    "CHEESES": "Deli Cheese", "DRY BN/VEG/POTATO/RICE": "Rice, Beans & Potato Sides",
    "SALD DRSNG/SNDWCH SPRD": "Salad Dressings & Spreads", "WATER - CARBONATED/FLVRD DRINK": "Water & Flavored Drinks",
    "VEGETABLES - ALL OTHERS": "Fresh Vegetables", "DINNER MXS:DRY": "Dinner Mixes",
    "REFRGRATD DOUGH PRODUCTS": "Refrigerated Dough", "BEERS/ALES": "Beer", "DRY NOODLES/PASTA": "Pasta & Noodles",
    "FRZN NOVELTIES/WTR ICE": "Frozen Novelties", "MARGARINES": "Margarine", "FD WRAPS/BAGS/TRSH BG": "Food Wraps & Trash Bags",
    "BATH TISSUES": "Bath Tissue", "PWDR/CRYSTL DRNK MX": "Drink Mixes", "PNT BTR/JELLY/JAMS": "Peanut Butter & Jam",
    "SPICES & EXTRACTS": "Spices & Extracts", "GREETING CARDS/WRAP/PARTY SPLY": "Cards & Party Supplies",
    "BEANS - CANNED GLASS & MW": "Canned Beans", "ISOTONIC DRINKS": "Sports Drinks", "VEGETABLES SALAD": "Salad Vegetables",
    "SUGARS/SWEETNERS": "Sugar & Sweeteners", "PAPER HOUSEWARES": "Paper Plates & Cups",
    "HOUSEHOLD CLEANG NEEDS": "Household Cleaners", "PEPPERS-ALL": "Peppers", "DRY MIX DESSERTS": "Dessert Mixes",
    "MEAT - MISC": "Other Meats", "MAGAZINE": "Magazines", "NEWSPAPER": "Newspapers", "SEAFOOD - FROZEN": "Frozen Seafood",
    "SEAFOOD - SHELF STABLE": "Canned Seafood", "SHORTENING/OIL": "Cooking Oil", "MISC. DAIRY": "Other Dairy",
    "WAREHOUSE SNACKS": "Snacks", "FROZEN PIE/DESSERTS": "Frozen Desserts", "DRY SAUCES/GRAVY": "Sauce & Gravy Mixes",
    "FROZEN BREAD/DOUGH": "Frozen Bread & Dough", "REFRIGERATED": "Refrigerated Drinks",
    "FACIAL TISS/DNR NAPKIN": "Tissues & Napkins", "ORGANICS FRUIT & VEGETABLES": "Organic Fruit & Vegetables",
    "SOAP - LIQUID & BAR": "Soap", "PICKLE/RELISH/PKLD VEG": "Pickles & Relish", "VALUE ADDED FRUIT": "Cut Fruit",
    "VALUE ADDED VEGETABLES": "Cut Vegetables", "HEAT/SERVE": "Ready Meals", "CHICKEN/POULTRY": "Poultry", "BUTTER": "Butter",
    "COLD AND FLU": "Cold & Flu", "PROCESSED": "Packaged Meats", "MOLASSES/SYRUP/PANCAKE MIXS": "Syrup & Pancake Mixes",
    "DIAPERS & DISPOSABLES": "Diapers", "BABY HBC": "Baby Care", "SEAFOOD-FRESH": "Fresh Seafood",
    "SEAFOOD - MISC": "Other Seafood", "TEAS": "Tea", "HAND/BODY/FACIAL PRODUCTS": "Skin Care",
    "FITNESS&DIET": "Fitness & Diet", "FRZN JCE CONC/DRNKS": "Frozen Juice", "ELECTRICAL SUPPPLIES": "Light Bulbs & Electrical",
    "CHRISTMAS  SEASONAL": "Christmas", "FROZEN": "Frozen Foods", "FLORAL-FRESH CUT": "Cut Flowers", "FRZN ICE": "Ice",
    "DIETARY AID PRODUCTS": "Dietary Aids", "CEREAL/BREAKFAST": "Natural Cereal", "CHIPS&SNACKS": "Natural Chips & Snacks",
    "SNKS/CKYS/CRKR/CNDY": "Natural Snacks", "BOOKSTORE": "Books", "JUICE": "Fresh Juice", "DISPOSIBLE FOILWARE": "Foil Pans",
    "PREPAID WIRELESS&ACCESSORIES": "Prepaid Wireless", "PREPARED/PKGD FOODS": "Packaged Foods",
    "FROZEN - BOXED(GROCERY)": "Frozen Boxed Foods", "NEW AGE": "New Age Drinks", "BABYFOOD": "Natural Baby Food",
    "FLORAL-FLOWERING PLANTS": "Flowering Plants", "FLORAL BALLOONS": "Balloons", "FLORAL- HARD GOODS": "Vases & Floral Goods",
    "FLORAL-FOLIAGE PLANTS": "House Plants", "FLORAL-ACCESSORIES": "Floral Accessories",
    "DELI SPECIALTIES (RETAIL PK)": "Deli Specialties", "EXOTIC GAME/FOWL": "Game & Fowl",
    "DRY TEA/COFFEE/COCO MIX": "Tea & Coffee Mixes", "COFFEE SHOP SWEET GOODS&RETAIL": "Coffee Shop Bakery",
    "BOUQUET (NON ROSE)": "Bouquets", "WATCHES/CALCULATORS/LOBBY": "Watches & Calculators", "MEAT SUPPLIES": "Meat Supplies",
    "NDAIRY/TEAS/JUICE/SOD": "Natural Drinks", "NON-DAIRY BEVERAGES": "Non-Dairy Drinks", "DOMESTIC GOODS": "Household Goods",
    "SPORTS MEMORABLILIA": "Sports Memorabilia", "HOME FREEZING & CANNING SUPPLY": "Canning Supplies",
    "SNACK NUTS": "Snack Nuts", "MISC WINE": "Other Wine", "RW FRESH PROCESSED MEAT": "Fresh Processed Meat",
    "DOMESTIC WINE": "Wine", "IMPORTED WINE": "Imported Wine", "SALADS/DIPS": "Deli Salads & Dips", "DOG FOODS": "Dog Food",
    "BABY FOODS": "Baby Food", "BAKED SWEET GOODS": "Sweet Baked Goods", "SWEET GOODS & SNACKS": "Sweet Goods & Snacks",
    "PREPARED FOOD": "Prepared Food", "AIR CARE": "Air Fresheners",
    # products
    "FLUID MILK WHITE ONLY": "White Milk", "SOFT DRINKS 12/18&15PK CAN CAR": "Soft Drink Cans, Large Pack",
    "SOFT DRINKS 20PK&24PK CAN CARB": "Soft Drink Cans, Family Pack",
    "SOFT DRINKS 6PK/4PK CAN CARB (": "Soft Drink Cans, Small Pack", "SFT DRNK 2 LITER BTL CARB INCL": "Two-Liter Soft Drink",
    "SFT DRNK SNGL SRV BTL CARB (EX": "Single-Serve Soft Drink",
    "SFT DRNK MLT-PK BTL CARB (EXCP": "Soft Drink Bottles, Multi-Pack",
    "SFT DRNK 3 LITER BTL CARB (EXC": "Three-Liter Soft Drink", "YOGURT NOT MULTI-PACKS": "Yogurt",
    "MAINSTREAM WHITE BREAD": "White Bread", "MAINSTREAM WHEAT/MULTIGRAIN BR": "Wheat Bread",
    "CANDY BARS (SINGLES)(INCLUDING": "Candy Bar", "SS ECONOMY ENTREES/DINNERS ALL": "Frozen Dinner",
    "FRZN SS PREMIUM ENTREES/DNRS/N": "Premium Frozen Entree", "FRZN SS PREMIUM ENTREES/DNRS/T": "Premium Frozen Dinner",
    "FRZN MULTI SERVE ENTREES ALL": "Family-Size Frozen Entree", "BEERALEMALT LIQUORS": "Beer", "TOILET TISSUE": "Bath Tissue",
    "DAIRY CASE 100% PURE JUICE - O": "Orange Juice", "DAIRY CASE 100% PURE JUICE OTH": "Chilled Fruit Juice",
    "DAIRY CASE JUICE DRNK UNDER 10": "Chilled Juice Drink", "DAIRY CASE FRUIT DRINKS (NO JU": "Chilled Fruit Drink",
    "DAIRY CASE TEA WITH SUGAR OR S": "Chilled Sweet Tea", "DAIRY CASE CITRUS PNCH/OJ SUBS": "Chilled Citrus Punch",
    "FRZN BAGGED VEGETABLES - PLAIN": "Frozen Vegetables", "FRZN BAGGED VEGETABLES- VALUE": "Seasoned Frozen Vegetables",
    "FRZN BOXED VEGETABLES- VALUE A": "Boxed Frozen Vegetables in Sauce",
    "FRZN BOXED VEGETABLES - PLAIN": "Boxed Frozen Vegetables", "RTS SOUP: CHUNKY/HOMESTYLE ET": "Chunky Soup",
    "EGGS - LARGE": "Large Eggs", "EGGS - X-LARGE": "Extra Large Eggs", "EGGS - MEDIUM": "Medium Eggs",
    "EGGS - JUMBO": "Jumbo Eggs", "IWS SINGLE CHEESE": "Wrapped Cheese Slices", "NON-IWS SINGLE CHEESE": "Cheese Slices",
    "NATURAL CHEESE EXACT WT CHUNKS": "Cheese Chunk", "NATURAL CHEESE EXACT WT SLICES": "Natural Cheese Slices",
    "BABY FOOD - BEGINNER": "First Stage Baby Food", "BABY FOOD JUNIOR ALL BRANDS": "Junior Baby Food",
    "PASTA: CANNED": "Canned Pasta", "POTATOES RUSSET (BULK&BAG)": "Russet Potatoes", "POTATOES RED (BULK&BAG)": "Red Potatoes",
    "POTATOES GOLD (BULK&BAG)": "Gold Potatoes", "POTATOES WHITE": "White Potatoes", "POTATOES SWEET&YAMS": "Sweet Potatoes",
    "POTATOES SWEET": "Sweet Potatoes", "POTATOES: DRY": "Instant Potatoes", "ISOTONIC DRINKS SINGLE SERVE": "Sports Drink",
    "ISOTONIC DRINKS MULTI-SERVE": "Sports Drink, Large Bottle", "MARGARINE: TUBS AND BOWLS": "Margarine Tub",
    "ASEPTIC PACK JUICE AND DRINKS": "Juice Boxes", "MACARONI & CHEESE DNRS": "Macaroni & Cheese",
    "SWEET GOODS - FULL SIZE": "Sweet Rolls", "SALAD BAR FRESH FRUIT": "Fresh Fruit from the Salad Bar",
    "NON-CRBNTD DRNKING/MNERAL WATE": "Drinking Water", "NON-CARB FLVRD DRNKNG/MNRL WAT": "Flavored Water",
    "NON-CARB WATER FLVR - DRNK/MNR": "Flavored Water", "SGL SV/VEND MACH SNACKS CHIP/P": "Single-Serve Chips",
    "FRZN BREADED PREPARED CHICK": "Breaded Chicken", "CANNED CAT FOOD (9 LIVES/FRISK": "Canned Cat Food",
    "CAN CATFD GOURMET/SUP PREM (GR": "Gourmet Cat Food", "CAN DOG FOOD (SKIPPY/PEDIGREE/": "Canned Dog Food",
    "CAN DOGFD GOURMET/SUPER PREM (": "Gourmet Dog Food", "DRY CAT FOOD (CAT CHOW/FRISKIE": "Dry Cat Food",
    "DRY CAT FOOD SUP PREM (ONE/NUT": "Premium Dry Cat Food", "DRY CAT FOOD ECONOMY (COST CUT": "Value Dry Cat Food",
    "DRY DOG FOOD PREMIUM (ALPO/PUR": "Premium Dry Dog Food", "DRY DOG FOOD SUPER PREM (ONE/N": "Super Premium Dry Dog Food",
    "DRY DOG VALUE (PET PRIDE/KLR/G": "Value Dry Dog Food", "CHEESE CRACKERS (CHEEZ-ITS/GOL": "Cheese Crackers",
    "BUTTER SPRAY CRACKER (RITZ/CLU": "Butter Crackers", "SOUP CRACKERS (SALTINE/OYSTER)": "Saltine Crackers",
    "YOGURT MULTI-PACKS": "Yogurt Multi-Pack", "FRUIT BOWL AND CUPS": "Fruit Cups", "MEAT: TURKEY BULK": "Sliced Turkey",
    "MEAT:HAM BULK": "Sliced Ham", "MEAT: LUNCHMEAT BULK": "Sliced Lunch Meat", "MEAT: BEEF BULK": "Sliced Roast Beef",
    "MEAT: CHICKEN BULK": "Sliced Chicken", "MEAT: SAUS DRY BULK": "Sliced Salami",
    "MEAT: TURKEY PPK/PRESLC": "Packaged Sliced Turkey", "MEAT: SAUS DRY PPK/PRSLC": "Packaged Sliced Salami",
    "SANDWICHES&HANDHELDS": "Frozen Sandwiches", "RAMEN NOODLES/RAMEN CUPS": "Ramen Noodles",
    "BEANS GREEN: FS/WHL/CUT": "Green Beans", "PIZZA/ECONOMY": "Value Frozen Pizza", "PIZZA/TRADITIONAL": "Frozen Pizza",
    "PIZZA/PREMIUM": "Premium Frozen Pizza", "PIZZA/SINGLE SERVE/MICROWAVE": "Single-Serve Pizza", "SW GDS:DONUTS": "Donuts",
    "SW GDS: SW ROLLS/DAN": "Danish & Sweet Rolls", "SW GDS:COFFEE CAKES": "Coffee Cake",
    "SW GDS: SWT/FLVRD LOAVES": "Sweet Loaf", "SW GDS:MUFFINS-LSS THN 6": "Muffins", "TUNA": "Tuna",
    "SEMI-SOLID SALAD DRESSING MAY": "Mayonnaise", "SMOKED/COOKED": "Smoked Sausage",
    "SMOKED/COOKED - BEEF": "Smoked Beef Sausage", "SMOKED/COOKED - BETTER FOR YOU": "Lean Smoked Sausage",
    "VARIETY BEANS - KIDNEY PINTO": "Kidney & Pinto Beans", "HEAD LETTUCE": "Head Lettuce", "CARDS EVERYDAY": "Greeting Card",
    "CARDS SEASONAL": "Seasonal Greeting Card", "WAFFLES/PANCAKES/FRENCH TOAST": "Frozen Waffles & Pancakes",
    "LUNCH COMBO": "Lunch Kit", "CARROTS MINI PEELED": "Baby Carrots", "ONIONS SWEET (BULK&BAG)": "Sweet Onions",
    "MEXICAN SAUCESSALSAPICANTEE": "Salsa & Picante Sauce", "TOMATOES: STEWED/DICED/CRMD": "Canned Tomatoes",
    "CHEESE: NATURAL BULK": "Deli Cheese", "CANISTER POTATO/TORT CHIPS": "Canister Potato Chips",
    "FRZN GARLIC BREAD/TOAST/STICKS": "Frozen Garlic Bread", "STICKS/ENROBED": "Ice Cream Bars",
    "SAUCE MIXES GRAVY MIXES DRY": "Sauce & Gravy Mix", "CANDY BAGS-CHOCOCLATE": "Bagged Chocolate Candy",
    "CANDY BAGS-NON CHOCOLATE": "Bagged Candy", "PREMIUM BREAD": "Premium Bread",
    "FACIAL TISSUE & PAPER HANDKE": "Facial Tissue", "ORANGES NAVELS ALL": "Navel Oranges",
    "TRAY PACK/CHOC CHIP COOKIES": "Chocolate Chip Cookies", "BREAD:ITALIAN/FRENCH": "Italian & French Bread",
    "BREAD:SAVORY/SPECIALTY": "Specialty Bread", "BREAD:LOAF/SNACK": "Snack Loaf", "BREAD:TORTILLAS/PITA": "Tortillas & Pita",
    "BREAD:PITA/POCKET BREADS": "Pita Bread", "BREAD:SWEET/BREAKFAST": "Breakfast Bread",
    "TOMATOES HOTHOUSE ON THE VINE": "Tomatoes on the Vine", "TOMATOES HOT HOUSE BULK": "Hothouse Tomatoes",
    "PUDDING&GELATIN CUPS/CANS": "Pudding & Gelatin Cups", "PREMIUM - MEAT": "Premium Hot Dogs",
    "ECONOMY - MEAT": "Value Hot Dogs", "PREMIUM - BEEF": "Premium Beef Hot Dogs", "ROLLS - PORK": "Pork Sausage Roll",
    "ROLLS - FLAVORED/OTHER": "Flavored Sausage Roll", "GARDEN PLUS": "Garden Salad Mix", "REGULAR GARDEN": "Garden Salad",
    "BLENDS": "Salad Blend", "KITS": "Salad Kit", "PREMIUM PINTS": "Premium Ice Cream Pint",
    "SUPER PREMIUM PINTS": "Super Premium Ice Cream Pint", "ENTREES": "Prepared Entree", "WATER ICE": "Fruit Ice Pops",
    "BREAST - BONELESS(IQF)": "Frozen Chicken Breasts", "WINGS (IQF)": "Frozen Chicken Wings",
    "PREP FD: SIDE DISHES (HOT)": "Hot Side Dish", "PREP FD: SIDE DISHES (COLD)": "Cold Side Dish",
    "CHEESE: PROCESSED BULK": "Sliced American Cheese", "TV/MOVIE-MAGAZINE": "TV & Movie Magazine",
    "FITNESS&DIET - BARS": "Nutrition Bar", "FEM. HYGN.NAPKINS": "Feminine Pads", "FEM. HYGN. TAMPONS": "Tampons",
    "PRESERVES JAM MARMALADE": "Jam & Preserves", "GARBAGE KITCHEN COMPACTOR BA": "Kitchen Trash Bags",
    "BETTER FOR YOU": "Light Snacks", "TOMATOES VINE RIPE BULK": "Vine-Ripe Tomatoes",
    "TOMATOES VINE RIPE PKG": "Packaged Vine-Ripe Tomatoes", "ROMA TOMATOES (BULK/PKG)": "Roma Tomatoes",
    "VAC PAC NUTS(CANS)": "Canned Nuts", "GRND/PATTY - FROZEN": "Frozen Beef Patties", "LINKS - RAW": "Sausage Links",
    "LINKS - COOKED": "Cooked Sausage Links", "PATTIES - RAW": "Sausage Patties", "PRIMAL": "Beef Roast & Steak Cut",
    "LEAN": "Lean Ground Beef", "BLENDED JUICE&COMBINATIONS (OV": "Blended Juice",
    "BLENDED JUICE&COMBINATIONS (50": "Blended Juice Drink", "PLSTC CLTRYTBLCLTHSTTHPKSST": "Plastic Cutlery",
    "MALTED MLK/SYRUP/PWDRS (EGGNOG": "Chocolate Syrup & Milk Mix", "MINTS CANDY & BREATH (NOT LIF": "Mints",
    "SOLID/STK DEODORANTS": "Stick Deodorant", "SOFT DRINK BOTTLE NON-CARB (EX": "Fruit Drink Bottle",
    "SOFT DRINKS CAN NON-CARB (EXCE": "Fruit Drink Cans", "ICE - CRUSHED/CUBED": "Bag of Ice",
    "MEXICAN SOFT TORTILLAS AND WRA": "Soft Tortillas", "CROUTONS SALAD TOPPERS BREAD": "Croutons & Salad Toppers",
    "FRZN BRD STICK/PORTON": "Fish Sticks", "MELON HALVES/QUARTERS": "Cut Melon", "STEAK & WORCHESTER SAUCE": "Steak Sauce",
    "BITS & MORSELS": "Chocolate Chips", "CHIX: ROTISSERIE (HOT)": "Rotisserie Chicken",
    "CHIX:FRD 8PC/CUT UP (HOT)": "Fried Chicken", "CHIX: BAKED 8PC CUT UP (HOT)": "Baked Chicken",
    "CHIX: VALUE ADDED (HOT)": "Hot Chicken", "CHIX:VALUE ADDED (COLD)": "Cold Chicken",
    "CHIX: CHICKEN DINNERS/SNACKS H": "Chicken Dinner", "ANTI-ACIDS": "Antacids",
    "WOMEN S GENERAL-MAGAZINE": "Women's Magazine", "MUSHROOMS W/WHOLE PKG": "Whole Mushrooms",
    "MUSHROOMS WHITE SLICED PKG": "Sliced Mushrooms", "MUSHROOMS CND & GLASS": "Canned Mushrooms",
    "GADGETS/TOOLS": "Kitchen Tool", "PIES: FRUIT/NUT": "Fruit Pie", "PIES: PUMPKIN/CUSTARD": "Pumpkin Pie",
    "PIES: CREAM/MERINGUE": "Cream Pie", "ORAL HYGIENE BRUSHES": "Toothbrush",
    "BREADINGS  COATINGS CRUMBS": "Bread Crumbs & Coatings", "MANDARIN ORANGES/CITRUS SECT": "Mandarin Oranges",
    "CRANAPPLE CRAN GRAPE JUICE (5": "Cranberry Juice Blend", "WHOLE CHICKEN (ROASTERS/FRYER)": "Whole Chicken",
    "VEG JUICE (EXCEPT TOMATO) (OVE": "Vegetable Juice", "PREMIUM COOKIES (EX: PEPPERIDG": "Premium Cookies",
    "COUGH SYRP/LOZNG-DRP/XPCTRNT": "Cough Syrup & Drops", "DESIGNER PAPER: MEDIUM WEIGHT": "Paper Plates",
    "SAL:SALSA/DPS-PRPCK": "Fresh Salsa & Dips", "DRY BEANS/PEAS/BARLEY: BAG & B": "Dry Beans", "CHOICE BEEF": "Choice Beef",
    "SELECT BEEF": "Select Beef", "ANGUS": "Angus Beef", "NATURAL BEEF": "Natural Beef",
    "SNACKS/APPETIZERS": "Frozen Appetizers", "APPLE JUICE & CIDER (OVER 50%": "Apple Juice",
    "APPLE JUICE & CIDER (50% AND U": "Apple Juice Drink", "CRANBERRY JUICE (50% AND UNDER": "Cranberry Juice",
    "GRAPE JUICE (OVER 50% JUICE)": "Grape Juice", "ANTIPERSPIRANTS ONLY (ALL OTHE": "Antiperspirant",
    "AIR CARE - CONTINUOUS ACTION": "Plug-In Air Freshener", "AIR CARE - AEROSOLS": "Air Freshener Spray",
    "COLD AND FLU - DXM": "Cold & Flu Medicine", "COLD AND FLU - PSE": "Cold & Flu Medicine",
    "SEAFOOD-FRE-RAW FINFISH-OTHER": "Fresh Fish", "SEAFOOD-FRE-SALMON": "Fresh Salmon",
    "SEAFOOD-FRE-NON RW-ALL": "Cooked Seafood", "SEAFOOD-FRE-MISC": "Fresh Seafood",
    "SEAFOOD-FRE-LIVE SHLFSH-OTHER": "Live Shellfish", "SEAFOOD-FRZ-RAW FILLETS": "Frozen Fish Fillets",
    "SEAFOOD-FRZ-IQF RAW SHRIMP RW": "Frozen Shrimp", "SEAFOOD-FRZ-IQF COOKED SHRIMP": "Cooked Frozen Shrimp",
    "SEAFOOD-FRZ-BRD SHRIMP": "Breaded Shrimp", "SEAFOOD-FRZ-RW-ALL": "Frozen Seafood", "SEAFOOD-FRZ-MISC": "Frozen Seafood",
    "SEAFOOD-MISC-SAUCES/MARIN-WET": "Seafood Sauce", "SEAFOOD-MISC-BREADERS/BTR MIX": "Seafood Breading",
    "REFRIGERATED COOKIES-BREAK N B": "Break-and-Bake Cookies", "REFRIGERATED COOKIES-CHUB": "Cookie Dough",
    "REFRIGERATED COOKIES-SEASONAL": "Seasonal Cookie Dough", "ROLLS: DINNER": "Dinner Rolls",
    "ROLLS: SANDWICH": "Sandwich Rolls", "ROLLS: BAGELS": "Bagels", "ROLLS: CROISSANTS/BREADSTICKS": "Croissants & Breadsticks",
    "COOKIES: REGULAR": "Bakery Cookies", "COOKIES: HOLIDAY/SPECIAL OCCAS": "Holiday Cookies",
    "CAKES: NOVELTIES": "Novelty Cakes", "CAKES: LAYERS": "Layer Cake", "CAKES: ANGEL FDS/CKE ROLLS": "Angel Food Cake",
    "CAKES: SHEET": "Sheet Cake", "CAKES: BIRTHDAY/CELEBRATION SH": "Birthday Cake", "CAKES: CREME/PUDDING": "Creme Cake",
    "CEREAL - COLD": "Natural Cereal", "TABLE SALT POPCORN SALTICE C": "Salt",
    "HOT MUSTARD/SPECIALTY MUSTAR": "Specialty Mustard", "FRZN CONC UNDER 50% JUICE": "Frozen Juice Drink",
    "FRZN OJ&OJ SUBSTITUTES (OVER 5": "Frozen Orange Juice", "FRZN CONC ALLIEDS OVER 50% JUI": "Frozen Fruit Juice",
    "POPULAR 750ML WINES": "Wine", "PREMIUM 750ML WINES": "Premium Wine", "FIGHTING VARIETAL WINES": "Varietal Wine",
    "VALUE GLASS WINE": "Value Wine", "PREPAID WIRELESS CARDS": "Prepaid Wireless Card", "PEARS ANJOU": "Anjou Pears",
    "PEARS BARTLETT": "Bartlett Pears", "SQUASH ZUCCHINI": "Zucchini", "SALAD SPINACH": "Salad Spinach",
    "KIDS CEREAL": "Kids' Cereal", "ADULT CEREAL": "Adult Cereal", "ALL FAMILY CEREAL": "Family Cereal", "CATSUP": "Ketchup",
    "MISC BAG SNACKS": "Bagged Snacks", "ENHANCED": "Enhanced Water", "POULTRY": "Poultry Lunch Meat",
    "FRZN BREAKFAST ENTREES/SANDWIC": "Frozen Breakfast Sandwiches", "PREPARED BEANS - BAKED W/PORK": "Baked Beans",
    "PEPPERS GREEN BELL": "Green Bell Peppers", "PEPPERS RED BELL": "Red Bell Peppers", "PEPPERS OTHER BELL": "Bell Peppers",
    "PEPPERS JALAPENO": "Jalapeno Peppers", "PEPPERS SERRANO": "Serrano Peppers", "MARGARINE  STICK": "Margarine Sticks",
    "GROUND FLVR REG COFFEE": "Flavored Ground Coffee", "GROUND DECAFFINATED": "Decaffeinated Ground Coffee",
    "REGULAR BEAN": "Whole Bean Coffee", "CUPS/PUSH UPS/OTHER": "Ice Cream Cups",
    "CHEESE:SPECIALTY PREPACK": "Specialty Cheese", "CHEESE:SPECIALTY BULK": "Specialty Cheese",
    "CHEESE: NATURAL PREPORTND": "Packaged Deli Cheese", "CHEESE:CHEESEBALLS/SPREADS": "Cheese Spread",
    "CHEESE:PROCESSED PREPORTND": "Packaged American Cheese", "HAM- NET WEIGHT": "Ham", "BUTTS": "Ham",
    "WHOLE HENS (UNDER 15LBS)": "Whole Turkey Hen", "CHICKEN-FULLY COOKED": "Cooked Chicken",
    "PORK-FULLY COOKED": "Cooked Pork", "BEEF - FULLY COOKED": "Cooked Beef", "KRAUT & CABBAGE": "Sauerkraut",
    "TOMATOES GRAPE": "Grape Tomatoes", "TOMATOES CHERRY": "Cherry Tomatoes", "TOMATOES COCKTAIL": "Cocktail Tomatoes",
    "TOMATOES WHOLE": "Whole Canned Tomatoes", "GRAPES RED": "Red Grapes", "GRAPES WHITE": "White Grapes",
    "GRAPES BLACK/BLUE": "Black Grapes", "CHERRIES RED": "Red Cherries", "PEACHES YELLOW FLESH": "Yellow Peaches",
    "NECTARINES YELLOW FLESH": "Yellow Nectarines", "CORN YELLOW": "Yellow Corn", "CORN WHITE": "White Corn",
    "PEAS GREEN": "Green Peas", "CANTALOUPE WHOLE": "Cantaloupe", "WATERMELON SEEDLESS WHOLE": "Seedless Watermelon",
    "BROCCOLI WHOLE&CROWNS": "Broccoli", "CAULIFLOWER WHOLE": "Cauliflower", "PINEAPPLE WHOLE&PEEL/CORED": "Pineapple",
    "GARLIC WHOLE CLOVES": "Garlic", "CARROTS BAGGED": "Bagged Carrots", "CARROTS - BULK": "Carrots",
    "CARROTS SLICED/SHRED/STICKS": "Cut Carrots", "ONIONS YELLOW (BULK&BAG)": "Yellow Onions",
    "ONIONS WHITE (BULK&BAG)": "White Onions", "ONIONS RED (BULK&BAG)": "Red Onions", "APPLES GALA (BULK&BAG)": "Gala Apples",
    "APPLES RED DELICIOUS (BULK&BAG": "Red Delicious Apples", "APPLES GRANNY SMITH (BULK&BAG)": "Granny Smith Apples",
    "APPLES GOLD DELICIOUS (BULK&BA": "Golden Delicious Apples", "APPLES FUJI (BULK&BAG)": "Fuji Apples",
    "APPLES BRAEBURN (BULK&BAG)": "Braeburn Apples", "APPLES OTHER (BULK&BAG)": "Apples",
    "APPLES WEDGE/SLICES": "Sliced Apples", "HERBS PARSLEY": "Parsley", "HERBS CILANTO": "Cilantro",
    "SOUP/STEW": "Refrigerated Soup", "SANDWICHES/BISCUITS/GRAVY": "Breakfast Sandwiches",
    "STIR FRY/STRIPS/FAJITAS": "Stir-Fry Meat Strips", "INSTANT COFFEE FLAVORED NO SWE": "Flavored Instant Coffee",
    "INSTANT COFFEE FLAVORED W/SWEE": "Sweetened Flavored Instant Coffee",
}

# These words alone say how something is, not what it is: the category's name goes after them.
ADJECTIVES = {"premium", "mainstream", "traditional", "value", "lean", "regular", "fresh", "dry", "red", "white", "variety", "flavored",
              "gourmet", "organic", "frozen", "microwave", "processed", "pre-cooked", "seasonal", "popular", "natural", "light", "&", "pack",
              "super", "ultra", "bulk", "internal", "precooked", "smoked", "fine", "select", "super-premium", "everyday", "basic", "low", "end"}

# What is no product, and what may not be advertised.
NOT_FOR_SALE = re.compile(r"COUPON|MISC SALES|FUEL|GASOLINE|^N/A$|TICKETS|BOTTLE DEPOSIT|CALLING CARD|PREPAID|GIFT CARD|PHARMACY|"
                          r"CIGAR|TOBACCO|SMOKING|SUPPLIES$|KEY RING|POSTAL|CHARITABLE|PHOTOFINISH|PROCESSING|UNKNOWN|ACTIVATI|INFANT FORMULA")

LOWER = {"and", "of", "the", "in", "from", "with", "on", "a"}

# "Spaghetti Dry" reads better as "Dry Spaghetti"; "Potatoes Other" are potatoes.
MOVED = {"dry", "boneless", "microwave", "refried", "sweetened", "unsweetened", "gel", "liquid", "canned", "organic", "refrigerated", "cooked",
         "fresh", "dehydrated", "shelled", "portabella", "powdered", "non-carbonated", "seasonal"}
DROPPED = {"other", "general", "regular", "bulk", "prepack", "miscellaneous", "misc", "all", "with", "&"}

# The counter's own sections, which say nothing to a customer.
SECTIONS = r"MEAT|SW GDS|SAL|SALAD|SV BEV|PREP FD|PREP FOODS|QSR FD|DL SPEC|MISC|JHOOK"


def untangled(text):
    """Undoes the till's word order: "CHILI: CANNED" is canned chili, "SEAFOOD-FRE-CATFISH" is fresh catfish."""
    text = re.sub(r"\bBONE IN\b", "BONE-IN", BRACKETS.sub(" ", text.upper()))
    text = re.sub(r"\bW/.*$|\bN/.*$", "", text)
    text = re.sub(r"^SEAFOOD-(FRE|FRZ|MISC)-", lambda m: {"FRE": "fresh ", "FRZ": "frozen ", "MISC": ""}[m[1]], text)
    text = re.sub(r"-MAGAZINE$", " magazine", text)
    text = re.sub(rf"^({SECTIONS})\s*[:-]\s*", "", text)
    head, colon, tail = text.partition(":")
    if colon and tail.strip():
        stem = head.strip().rstrip("S")
        text = tail if stem in tail else f"{tail} {head}"
    return text


def words_of(text):
    text = untangled(text).replace("&", " & ")
    text = re.sub(r"\s*/\s*", " / ", text)
    text = re.sub(r"\s+-\s+|\s*-\s+|\s+-\s*|,", " ", text)
    words = [w for word in text.split() for w in WORDS.get(word.upper(), word.lower()).split()]
    while len(words) > 1 and words[-1] in DROPPED:
        words.pop()
    return [words[-1], *words[:-1]] if len(words) > 1 and words[-1] in MOVED else words


def title(words):
    text = re.sub(r"( (&|/))+(?= |$)", r" \2", " ".join(words)).strip(" &/").replace(" / ", " & ")
    out = [w if w.isupper() or (w in LOWER and i) else "-".join(p[:1].upper() + p[1:] for p in w.split("-"))
           for i, w in enumerate(text.split())]
    return " ".join(out)


def readable(text):
    """A category or a product type, as a customer reads it; None where the till says nothing."""
    text = re.sub(r"\s+", " ", text or "").strip()
    return SPOKEN.get(text) or title(words_of(text)) or None


SPOKEN = {re.sub(r"\s+", " ", said): meant for said, meant in PHRASES.items()}


def category_name(kind, category):
    """The till books fuel among coupons; coupons and the like are no category to be fond of."""
    if kind and "GASOLINE" in kind:
        return "Fuel"
    return None if re.search("COUPON|MISCELLANEOUS|TICKETS|DEPOSITS", category or "") else readable(category)


def product_name(kind, category):
    """Name of a product: its type, with the category where the type is only an adjective."""
    name, of = readable(kind), readable(category)
    if name and of and kind.strip() not in PHRASES and all(w.lower() in ADJECTIVES for w in name.split()):
        return f"{name} {of}"
    return name or of


def is_for_sale(kind, category, department):
    return readable(kind) not in (None, "Other") and not any(NOT_FOR_SALE.search(t or "") for t in (kind, category, department))


def size(text):
    """'AB    8 OZ' → '8 oz'; None for what is no size."""
    found = re.search(r"([0-9][0-9./]*)\s*(OZ|LB|CT|ML|LT|LTR|L|GAL|DZ|PK|PT|QT|IN|FT|SQ FT|GR|G|EA|RL|SHT)\b", (text or "").upper())
    return f"{found[1]} {found[2].lower()}" if found else None
